"""all-MiniLM-L6-v2 in numpy: text to unit vectors of 384 numbers.

The model is BERT with six layers (Devlin et al., 2019) and the mean over its tokens. Its layers run over the tokens of
all texts of a batch end to end, so that nothing is padded; only attention goes text by text. numpy does the work of a
deep-learning framework here at a hundredth of its size.
"""

import json
import pathlib

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

BATCH_TOKENS = 4096  # bounds memory: a token costs 6 kB in the widest layer
ROWS = 64            # of the widest layer, so that what is worked on stays in the cache


class MiniLM:
    """One model in memory, 90 MB. embed is not safe for concurrent use."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        config = json.loads((folder / "config.json").read_text())
        self.heads = config["num_attention_heads"]
        self.layers = config["num_hidden_layers"]
        self.epsilon = config["layer_norm_eps"]
        self.dimensions = config["hidden_size"]
        self.weights = {}
        for name, value in load_file(folder / "model.safetensors").items():
            if name.endswith("dense.weight") or ".self." in name and name.endswith(".weight"):
                value = np.ascontiguousarray(value.T)  # stored as output × input
            self.weights[name] = value
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        limit = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
        self.tokenizer.enable_truncation(max_length=limit)
        self.tokenizer.no_padding()

    def embed(self, texts):
        """The vectors of texts, in their order, and how many tokens they have."""
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        begin, tokens = 0, 0
        for end in range(1, len(ids) + 1):
            tokens += len(ids[end - 1])
            if end == len(ids) or tokens + len(ids[end]) > BATCH_TOKENS:
                vectors[begin:end] = self.forward(ids[begin:end])
                begin, tokens = end, 0
        return vectors, sum(map(len, ids))

    def forward(self, ids):
        """The vectors of texts given as lists of token numbers."""
        bounds = np.cumsum([0] + [len(i) for i in ids])
        positions = np.concatenate([np.arange(len(i)) for i in ids])
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][np.concatenate(ids)]
        x += w["embeddings.position_embeddings.weight"][positions]
        x += w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm(x, "embeddings.LayerNorm")
        for n in range(self.layers):
            layer = f"encoder.layer.{n}."
            x = self.norm(x + self.attention(x, bounds, layer), layer + "attention.output.LayerNorm")
            x = self.norm(x + self.feed_forward(x, layer), layer + "output.LayerNorm")
        means = np.add.reduceat(x, bounds[:-1]) / np.diff(bounds)[:, None]
        return means / np.linalg.norm(means, axis=1, keepdims=True)

    def attention(self, x, bounds, layer):
        width = self.dimensions // self.heads
        query, key, value = (
            self.dense(x, f"{layer}attention.self.{part}").reshape(len(x), self.heads, width).transpose(1, 0, 2)
            for part in ("query", "key", "value"))
        mixed = np.empty_like(x)
        for begin, end in zip(bounds, bounds[1:]):
            of = np.s_[:, begin:end]
            scores = query[of] @ key[of].transpose(0, 2, 1)
            scores /= np.float32(np.sqrt(width))
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            mixed[begin:end] = (scores @ value[of]).transpose(1, 0, 2).reshape(end - begin, -1)
        return self.dense(mixed, layer + "attention.output.dense")

    def feed_forward(self, x, layer):
        wide = self.dense(x, layer + "intermediate.dense")
        for begin in range(0, len(wide), ROWS):
            gelu(wide[begin:begin + ROWS])
        return self.dense(wide, layer + "output.dense")

    def dense(self, x, name):
        y = x @ self.weights[name + ".weight"]
        y += self.weights[name + ".bias"]
        return y

    def norm(self, x, name):
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt(np.square(x).mean(axis=1, keepdims=True) + np.float32(self.epsilon))
        x *= self.weights[name + ".weight"]
        x += self.weights[name + ".bias"]
        return x


def gelu(x):
    """x ← x · Φ(x), with erf by formula 7.1.26 of Abramowitz and Stegun, whose error is under 1.5e-7."""
    z = np.abs(x)
    z *= np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = np.full_like(t, 1.061405429)
    for a in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail *= t
        tail += np.float32(a)
    tail *= t
    tail *= np.exp(-z * z)  # 1 - erf(z)
    tail *= np.float32(0.5)
    x *= np.where(x < 0, tail, 1 - tail)
