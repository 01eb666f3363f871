"""What others published: mean average precision by the first 1000 codes, with the network that each method took.

Sources: Lin et al. 2015 (tables 1 and 2, and what they cite for the other methods there); Yang et al. 2017 (SSDH);
Su et al. 2018 (GreedyHash, the protocol with all 50,000 training pictures).
"""

PAPER_NETWORK = "AlexNet"
OUR_NETWORK = "EfficientNet-Lite0"

# data set -> rows of (method, network or features, {bits: mAP})
PUBLISHED = {
    "cifar10": (
        ("Lin et al. 2015, the paper", PAPER_NETWORK, {12: 0.893, 32: 0.897, 48: 0.897}),
        ("GreedyHash 2018", "AlexNet", {48: 0.944}),
        ("SSDH 2017", "AlexNet", {48: 0.900}),
        ("CNNH+ 2014", "a small network of its own", {48: 0.53}),
        ("KSH 2012", "GIST", {48: 0.36}),
        ("ITQ-CCA 2011", "GIST", {48: 0.30}),
        ("LSH 1999", "GIST", {48: 0.12}),
    ),
    "mnist": (("Lin et al. 2015, the paper", PAPER_NETWORK, {48: 0.982}),),
}
TITLES = {"cifar10": "CIFAR-10", "mnist": "MNIST"}
