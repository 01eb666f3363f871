"""The 1000 classes of ImageNet (ILSVRC 2012) with their names and upper classes in WordNet 3.0.

The order of the classes is timm's list of WordNet ids, which is sorted. Names and hypernyms are those
of Debian's package wordnet-base. docs/FORMAT.md, "Class names", specifies what is made of them.
"""

import hashlib
import importlib.metadata
import json
import pathlib

SYNSETS_PACKAGE = "timm"
SYNSETS_NAME = "timm/data/_info/imagenet_synsets.txt"
SYNSETS_SHA256 = "70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15"
WORDNET_NOUNS = pathlib.Path("/usr/share/wordnet/data.noun")
WORDNET_SHA256 = "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2"

# Upper classes that say little of a picture, or that only zoologists use: left out.
LEFT_OUT = {
    "abstraction", "anapsid", "anseriform bird", "anthozoan", "anthropoid ape", "apodiform bird",
    "aquatic bird", "aquatic mammal", "aquatic vertebrate", "arachnid", "area", "arthropod",
    "article", "artifact", "attribute", "bar", "barrier", "bony fish", "bovid", "canine",
    "carnivore", "cartilaginous fish", "cetacean", "chelonian", "chordate", "coelenterate",
    "colubrid snake", "commodity", "communication", "concoction", "consumer goods", "container",
    "conveyance", "coraciiform bird", "covering", "craft", "crocodilian reptile", "cuculiform bird",
    "cypriniform fish", "decapod crustacean", "decoration", "device", "diapsid",
    "dictyopterous insect", "dipterous insect", "durables", "echinoderm", "edentate",
    "elasmobranch", "entity", "equine", "equipment", "establishment", "even-toed ungulate",
    "fastener", "feline", "foodstuff", "furnishing", "heavier-than-air craft", "homopterous insect",
    "hymenopterous insect", "implement", "ingredient", "instrument", "instrumentality",
    "invertebrate", "lagomorph", "lepidopterous insect", "leporid", "living thing", "location",
    "malacostracan crustacean", "matter", "measure", "mechanical device", "mechanism",
    "mercantile establishment", "metatherian", "musteline mammal", "natural elevation",
    "natural object", "nutriment", "object", "obstruction", "odd-toed ungulate", "organism",
    "ornithischian", "orthopterous insect", "oscine", "part", "passerine", "pelecaniform seabird",
    "percoid fish", "phasianid", "physical entity", "piciform bird", "piece", "place of business",
    "placental", "plant organ", "plant part", "point", "proboscidean", "procyonid", "produce",
    "protective covering", "prototherian", "ratite", "reproductive structure", "restraint", "rod",
    "ruminant", "saurian", "seabird", "self-propelled vehicle", "shape", "shorebird", "signal",
    "soft-finned fish", "solid", "source of illumination", "sphenisciform seabird",
    "spiny-finned fish", "structure", "substance", "support", "supporting structure", "surface",
    "swine", "system", "teleost fish", "toothed whale", "ungulate", "vertebrate", "vessel",
    "visual signal", "viverrine", "wading bird", "whole",
}  # fmt: skip


class ClassesError(Exception):
    """The text says why, in one line."""


def _read(path, digest):
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ClassesError(f"{path}: {error.strerror}; tools/setup.sh installs it") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise ClassesError(f"{path}: not the file that hashlens knows (SHA-256 differs)")
    return data.decode("utf-8")


def _synsets():
    try:
        path = importlib.metadata.distribution(SYNSETS_PACKAGE).locate_file(SYNSETS_NAME)
    except importlib.metadata.PackageNotFoundError:
        raise ClassesError(f"the Python package {SYNSETS_PACKAGE} is not installed: run tools/setup.sh") from None
    return _read(pathlib.Path(path), SYNSETS_SHA256).split()


def _nouns():
    """WordNet's nouns: id -> (words, id of the first hypernym or None); and the licence in front of them."""
    notice, nouns = [], {}
    for line in _read(WORDNET_NOUNS, WORDNET_SHA256).splitlines():
        if line.startswith("  "):
            notice.append(line.split(None, 1)[1].rstrip() if len(line.split()) > 1 else "")
            continue
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words = [word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2]]
        pointers = fields[5 + 2 * count :]
        hypernyms = [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in ("@", "@i")]
        nouns["n" + fields[0]] = (words, "n" + hypernyms[0] if hypernyms else None)
    return nouns, "\n".join(notice)


def _names(ids, nouns):
    """The first word of each; where two classes share it, with another word or the hypernym behind it."""
    first = [nouns[wnid][0][0] for wnid in ids]
    names = []
    for wnid, name in zip(ids, first, strict=True):
        if first.count(name) > 1:
            words, hypernym = nouns[wnid]
            name += f" ({words[1] if len(words) > 1 else nouns[hypernym][0][0]})"
        names.append(name)
    assert len(set(names)) == len(names)
    return names


def _upper_of(wnid, nouns, classes):
    """The nearest upper class that is kept, and is no class itself."""
    hypernym = nouns[wnid][1]
    while hypernym is not None and (nouns[hypernym][0][0] in LEFT_OUT or hypernym in classes):
        hypernym = nouns[hypernym][1]
    return hypernym


def classes_json():
    """The text of classes.json."""
    ids = _synsets()
    nouns, notice = _nouns()
    missing = [wnid for wnid in ids if wnid not in nouns]
    if missing:
        raise ClassesError(f"{WORDNET_NOUNS}: has no {missing[0]}")
    classes = set(ids)
    upper, depth = {}, {}
    for wnid in ids:
        chain = [wnid]
        while (above := _upper_of(chain[-1], nouns, classes)) is not None:
            upper[chain[-1]] = above
            chain.append(above)
        for height, above in enumerate(chain[1:]):
            depth[above] = max(depth.get(above, 0), height)
    # A class stands before those above it.
    order = ids + sorted(depth, key=lambda wnid: (depth[wnid], wnid))
    index = {wnid: i for i, wnid in enumerate(order)}
    names = _names(ids, nouns) + [nouns[wnid][0][0] for wnid in order[len(ids) :]]
    nodes = []
    for wnid, name in zip(order, names, strict=True):
        node = {"id": wnid, "name": name}
        if wnid in upper:
            node["upper"] = index[upper[wnid]]
        nodes.append(node)
    lines = ",\n".join(json.dumps(node, sort_keys=True) for node in nodes)
    head = json.dumps({"classes": len(ids), "format": "hashlens-classes", "notice": notice, "version": 1})
    return f'{head[:-1]}, "nodes": [\n{lines}\n]}}\n'
