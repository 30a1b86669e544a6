# SPDX-License-Identifier: Apache-2.0
"""The default policy: language-conditioned flow matching over two cameras, proprioception and a subtask sentence.

``config`` and ``vocabulary`` are numpy only; everything else here imports torch and is imported only by the process
that trains or runs the model.
"""
