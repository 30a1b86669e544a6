# SPDX-License-Identifier: Apache-2.0
"""Sentences and words that instructions are drawn from, for training and held out. Data only."""

from __future__ import annotations

TEMPLATES: dict[str, tuple[str, ...]] = {
    "place_in_bin": (
        "put the {object} in the {target} bin", "place the {object} in the {target} bin",
        "pick up the {object} and put it in the {target} bin", "drop the {object} into the {target} bin",
        "pick up the {object} and drop it into the {target} bin", "move the {object} into the {target} box",
        "the {object} belongs in the {target} bin", "drop the {object} in the bin on the {target}",
        "take the {object} to the {target} bin", "throw the {object} into the {target} bin",
        "the {object} goes in the {target} bin", "bring the {object} to the {target} bin",
        "grab the {object} and place it in the bin on the {target}", "set the {object} inside the {target} bin",
        "grab the {object} and put it in the {target} bin", "lift the {object} and drop it into the {target} bin",
        "get the {object} and set it inside the {target} bin", "take the {object} and throw it into the {target} bin",
        "lift the {object} and put it in the bin on the {target}", "get the {object} and place it in the {target} bin",
    ),
    "place_on_zone": (
        "put the {object} on the {target}", "place the {object} on the {target}",
        "pick up the {object} and set it down on the {target}", "set the {object} onto the {target}",
        "move the {object} to the {target} by lifting it", "lay the {object} on the {target}",
        "pick up the {object} and put it on the {target}", "the {object} belongs on the {target}",
        "bring the {object} to the {target}", "lift the {object} and put it on the {target}",
        "get the {object} and lay it on the {target}", "grab the {object} and set it onto the {target}",
    ),
    "stack": (
        "stack the {object} on the {target}", "put the {object} on top of the {target}",
        "place the {object} on top of the {target}", "set the {object} on the {target}",
        "pick up the {object} and stack it onto the {target}", "put the {object} on the {target}",
        "pick up the {object} and place it on top of the {target}", "the {object} goes on top of the {target}",
        "lift the {object} and stack it onto the {target}", "take the {object} and put it on top of the {target}",
    ),
    "push_to_zone": (
        "push the {object} to the {target}", "push the {object} onto the {target}",
        "slide the {object} to the {target}", "slide the {object} onto the {target}",
        "shove the {object} over to the {target}", "move the {object} to the {target} by pushing it",
        "nudge the {object} onto the {target}",
    ),
    "pick": (
        "pick up the {object}", "pick the {object} up and hold it", "lift the {object}", "grab the {object}",
        "take the {object} and hold it", "lift up the {object}", "get the {object}",
    ),
    "reach": (
        "reach for the {object}", "move above the {object}", "go to the {object}", "hover over the {object}",
        "bring the hand over the {object}", "point at the {object}",
    ),
    "open": ("open the gripper", "open the hand", "release", "let go", "open your fingers", "open your hand"),
    "close": ("close the gripper", "close the hand", "shut the gripper", "close your fingers"),
    "home": ("go home", "return to the start pose", "move back to home", "go back to the start", "return home"),
}  # fmt: skip

# Never trained: other sentences out of the same words.
HELD_OUT: dict[str, tuple[str, ...]] = {
    "place_in_bin": (
        "take the {object} and put it into the {target} bin", "the {object} goes into the bin on the {target}",
        "grab the {object} and drop it in the {target} bin", "lift the {object} and place it inside the {target} bin",
    ),
    "place_on_zone": (
        "take the {object} and place it on the {target}", "the {object} goes on the {target}",
        "grab the {object} and lay it down on the {target}",
    ),
    "stack": (
        "take the {object} and stack it on top of the {target}", "the {object} belongs on top of the {target}",
        "grab the {object} and set it on top of the {target}",
    ),
    "push_to_zone": (
        "shove the {object} onto the {target}", "slide the {object} over to the {target}",
        "nudge the {object} to the {target}",
    ),
    "pick": ("get the {object} and hold it", "lift the {object} up"),
    "reach": ("hover above the {object}", "move over the {object}"),
    "open": ("release the gripper", "open the fingers"),
    "close": ("shut the hand", "shut your fingers"),
    "home": ("go back home", "move to the start pose"),
}  # fmt: skip

SYNONYMS: dict[str, tuple[str, ...]] = {
    "cube": ("cube", "cube", "block"),
    "ball": ("ball", "ball", "sphere"),
    "box": ("box", "box", "brick"),
    "cylinder": ("cylinder", "cylinder", "can"),
    "zone": ("zone", "zone", "square", "area", "patch"),
    "purple": ("purple", "purple", "violet"),
}
CONNECTORS = (", then", "and then", "then", "and", ", and then", ". then", ", after that", "; then")
POLITE = (
    "please", "could you", "can you", "robot ,", "now", "kindly", "carefully", "gently", "slowly", "would you",
    "i want you to", "hey robot ,", "quickly", "next ,", "first ,", "ok ,",
)  # fmt: skip
NEGATIONS = ("do not", "don't", "never", "you must not", "if you can not see it ,", "please do not", "without looking")
UNKNOWN = "<unk>"  # what the tokenizer makes of every word that is not here
CHATTER = (
    "sing me a song", "what is the weather like today ?", "make me a coffee", "tell me a story about the moon",
    "how are you ?", "paint the wall", "book a flight to paris", "who are you ?", "solve this equation for me",
    "open the window", "close the door", "go to the kitchen", "put the bin in the bin", "stack the hand on the zone",
    "push the left to the right", "do the dishes", "hello", "i like cubes", "the cube is red", "bring me a beer",
    "turn on the light", "what do you see ?", "play some music", "pick up the phone", "put the table in the left bin",
    "put the red in the blue", "home the gripper to the ball", "where is the cube ?", "red red red", "cube ball box",
)  # fmt: skip
# Never trained, and mostly of words that no other sentence has.
HELD_OUT_CHATTER = (
    "what time does the train leave", "peel the potatoes and boil them", "translate this page into french",
    "my grandmother lives near the sea", "make the bed", "water the plants on the balcony", "where did i put my keys ?",
    "invent a new colour", "walk to the station", "the meeting begins at noon", "count to a thousand",
    "put the moon in the left bin", "cut the bread", "stack the table on the floor", "drive me to the airport",
    "pick up the banana", "feed the cat", "is it going to rain tomorrow ?", "open the left bin", "close the red cube",
    "pour some water into the glass", "draw a picture of the robot", "left right left right", "push the door open",
    "put the apple on the red zone", "swallow the green ball", "tell me what the time is", "ring the bell twice",
    "move the house to the right", "fold the towel", "write an email to my boss", "go to the garden",
)  # fmt: skip
