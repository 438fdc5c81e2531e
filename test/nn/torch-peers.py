"""Networks of torchvision, and BiT written down once more, with random weights and statistics: their state and features for images.

Usage: torch-peers.py CASE OUT.safetensors. Tensors: the state under the names of the case, and `peer.images` [B, H, W, 3] in [0, 1]
and `peer.features` [B, C] beside it.
"""

import json
import re
import struct
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F


class StdConv(nn.Conv2d):
    """Weight standardisation over each output's inputs, as Kolesnikov et al. 2020 describe it."""

    def forward(self, x):
        w = self.weight
        mean = w.mean(dim=(1, 2, 3), keepdim=True)
        var = w.var(dim=(1, 2, 3), keepdim=True, unbiased=False)
        return F.conv2d(x, (w - mean) / torch.sqrt(var + 1e-8), None, self.stride, self.padding)


class Downsample(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv = StdConv(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        return self.conv(x)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, projects):
        super().__init__()
        hidden = outputs // 4
        self.downsample = Downsample(inputs, outputs, stride) if projects else None
        self.norm1, self.conv1 = nn.GroupNorm(32, inputs), StdConv(inputs, hidden, 1, bias=False)
        self.norm2, self.conv2 = nn.GroupNorm(32, hidden), StdConv(hidden, hidden, 3, stride, 1, bias=False)
        self.norm3, self.conv3 = nn.GroupNorm(32, hidden), StdConv(hidden, outputs, 1, bias=False)

    def forward(self, x):
        first = F.relu(self.norm1(x))
        shortcut = x if self.downsample is None else self.downsample(first)
        y = self.conv2(F.relu(self.norm2(self.conv1(first))))
        return self.conv3(F.relu(self.norm3(y))) + shortcut


class Stage(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        return self.blocks(x)


class Head(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.fc = nn.Conv2d(features, classes, 1)


class Bit(nn.Module):
    """ResNet-50x1 of BiT with the names of timm's resnetv2_50x1_bit."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Module()
        self.stem.conv = StdConv(3, 64, 7, 2, 3, bias=False)
        stages, inputs = [], 64
        for index, depth in enumerate((3, 4, 6, 3)):
            outputs = 256 * 2**index
            blocks = []
            for i in range(depth):
                blocks.append(Block(inputs, outputs, 2 if i == 0 and index > 0 else 1, i == 0))
                inputs = outputs
            stages.append(Stage(blocks))
        self.stages = nn.Sequential(*stages)
        self.norm = nn.GroupNorm(32, inputs)
        self.head = Head(inputs, 10)

    def features(self, x):
        x = F.max_pool2d(F.pad(self.stem.conv(x), (1, 1, 1, 1)), 3, 2)
        return F.relu(self.norm(self.stages(x))).mean(dim=(2, 3))


def randomise(model):
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            module.num_batches_tracked += 7


def features_of(model, images):
    if isinstance(model, Bit):
        return model.features((images - 0.5) / 0.5)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    x = (images - mean) / std
    if isinstance(model, torchvision.models.MobileNetV2):
        return model.features(x).mean(dim=(2, 3))
    body = nn.Sequential(*list(model.children())[:-1])
    return body(x).flatten(1)


def timm_mobilenet_name(name):
    """torchvision's MobileNetV2 names as timm's mobilenetv2_100 has them, written from timm's modules."""
    name = re.sub(r"^features\.0\.0\.", "conv_stem.", name)
    name = re.sub(r"^features\.0\.1\.", "bn1.", name)
    name = re.sub(r"^features\.18\.0\.", "conv_head.", name)
    name = re.sub(r"^features\.18\.1\.", "bn2.", name)
    name = re.sub(r"^classifier\.1\.", "classifier.", name)
    found = re.match(r"^features\.(\d+)\.conv\.(\d)\.(?:(\d)\.)?(.+)$", name)
    if found is None:
        return name
    places = [(s, i) for s, n in enumerate((1, 2, 3, 4, 3, 3, 1)) for i in range(n)]
    stage, index = places[int(found[1]) - 1]
    key = found[2] if found[3] is None else f"{found[2]}.{found[3]}"
    separable = {"0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2"}
    inverted = {"0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2", "2": "conv_pwl", "3": "bn3"}
    part = (separable if found[1] == "1" else inverted)[key]
    return f"blocks.{stage}.{index}.{part}.{found[4]}"


def save(tensors, path):
    types = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
    header, blobs, position = {}, [], 0
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous()
        blob = (raw.view(torch.int16) if raw.dtype == torch.bfloat16 else raw).numpy().tobytes()
        header[name] = {"dtype": types[raw.dtype], "shape": list(raw.shape), "data_offsets": [position, position + len(blob)]}
        position += len(blob)
        blobs.append(blob)
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main(case, path):
    torch.manual_seed(0)
    arch, _, variant = case.partition("/")
    model = Bit() if arch == "bit" else getattr(torchvision.models, arch)(weights=None)
    randomise(model)
    model.eval()
    half = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(variant)
    if half is not None:
        model.load_state_dict({n: t.to(half).to(t.dtype) if t.is_floating_point() else t for n, t in model.state_dict().items()})
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        features = features_of(model, images)
    state = model.state_dict()
    if variant == "timm":
        state = {timm_mobilenet_name(name): tensor for name, tensor in state.items()}
    if half is not None:
        state = {f"module.backbone.{n}": t.to(half) if t.is_floating_point() else t for n, t in state.items()}
        state["module.projector.0.weight"] = torch.zeros(8, 8)
    save({**state, "peer.images": images.permute(0, 2, 3, 1), "peer.features": features}, path)


main(sys.argv[1], sys.argv[2])
