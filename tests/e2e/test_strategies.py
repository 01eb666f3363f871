"""However codes are searched, the hits are the same; pages make up the whole; costs are kept in the library."""

import json
import unittest

import numpy

from case import Case

STRATEGIES = ("auto", "scan", "distinct", "balls", "buckets", "mih")


class Strategies(Case):
    def setUp(self):
        super().setUp()
        for number in range(90):
            self.save(f"{number:02}.png")
        self.index()

    def search(self, *arguments):
        return self.json_lines("search", self.library, "--json", *arguments)

    def hits(self, *arguments):
        return [[(hit["id"], hit["hamming"]) for hit in result["hits"]] for result in self.search(*arguments)]

    def test_every_strategy_finds_the_same(self):
        query = ("--id", 7, "--id", 50, "--no-rerank", "-k", 40)
        expected = self.hits(*query)
        self.assertEqual([len(hits) for hits in expected], [40, 40])
        for strategy in STRATEGIES:
            self.assertEqual(self.hits(*query, "--strategy", strategy), expected, strategy)
            for result in self.search(*query, "--strategy", strategy, "--explain"):
                self.assertTrue(result["exact"])
                self.assertIn("expected_us", result["plan"])
                if strategy != "auto":
                    self.assertEqual(result["strategy"], strategy)

    def test_a_strategy_that_does_not_fit_is_refused(self):
        for bits, strategy, lengths in ((40, "buckets", b"32 bits or less"), (8, "mih", b"16 bits or more")):
            self.run_program("model", "fit", self.library, "--method", "lsh", "--bits", bits)
            _, err = self.run_program("search", self.library, "--id", 1, "--strategy", strategy, exit_code=2)
            self.assertIn(lengths, err)
        self.run_program("search", self.library, "--id", 1, "--strategy", "magic", exit_code=2)

    def test_pages_make_up_the_whole(self):
        whole = self.hits("--id", 3, "--no-rerank", "-k", 90)[0]
        pages = []
        after = ()
        for _ in range(7):  # 90 hits, 13 at once
            page = self.search("--id", 3, "--no-rerank", "-k", 13, *after)[0]
            pages += [(hit["id"], hit["hamming"]) for hit in page["hits"]]
            after = ("--after", page.get("next"))
        self.assertNotIn("next", page)
        self.assertEqual(pages, whole)

    def test_pages_stay_where_they_are_while_pictures_are_added_and_removed(self):
        first = self.search("--id", 3, "--no-rerank", "-k", 20)[0]
        rest = self.hits("--id", 3, "--no-rerank", "-k", 90, "--after", first["next"])[0]
        for number in range(30):
            self.save(f"new{number}.png")
        self.index()
        self.run_program("remove", self.library, "--id", first["hits"][-1]["id"])
        self.run_program("compact", self.library)
        again = self.hits("--id", 3, "--no-rerank", "-k", 200, "--after", first["next"])[0]
        self.assertEqual([hit for hit in again if hit[0] <= 90], rest)

    def test_pages_of_other_codes_are_refused(self):
        first = self.search("--id", 3, "--no-rerank", "-k", 20)[0]
        self.run_program("model", "fit", self.library, "--method", "lsh")
        _, err = self.run_program("search", self.library, "--id", 3, "--after", first["next"], exit_code=2)
        self.assertIn(b"begin again", err)
        self.run_program("search", self.library, "--id", 3, "--id", 4, "--after", "1:1", exit_code=2)

    def test_many_queries_are_answered_in_order(self):
        ids = [1 + number % 90 for number in range(600)]
        found = self.hits("-k", 1, *(argument for i in ids for argument in ("--id", i)))
        self.assertEqual([hits[0][0] for hits in found], ids)

    def test_all_within_a_radius(self):
        whole = self.hits("--id", 3, "--no-rerank", "-k", 90)[0]
        radius = whole[45][1]
        found = self.hits("--id", 3, "--radius", radius, "--all")
        self.assertEqual(sum(found, []), [hit for hit in whole if hit[1] <= radius])
        _, err = self.run_program("search", self.library, "--id", 3, "--all", exit_code=2)
        self.assertIn(b"--radius", err)
        for other in (("-k", 5), ("--html", self.folder / "hits.html"), ("--candidates", 50), ("--after", "1:1")):
            _, err = self.run_program("search", self.library, "--id", 3, "--radius", radius, "--all", *other, exit_code=2)
            self.assertIn(other[0].encode(), err)
            self.assertIn(b"--all", err)
            self.assertEqual(len(err.splitlines()), 1, err)
        self.assertFalse((self.folder / "hits.html").exists())
        for bad in ("7", "7:", ":7", "x:1", "1:x", "600:1", "-1:3"):
            self.run_program("search", self.library, "--id", 3, f"--after={bad}", exit_code=2)

    def test_shells_are_ranked_to_their_end_and_what_is_cut_is_said(self):
        self.run_program("model", "fit", self.library, "--method", "lsh", "--bits", 8)
        query = ("--id", 3, "-k", 10)
        everything = self.search("--id", 3, "-k", 90, "--candidates", 90)[0]["hits"]
        by_code = sorted(everything, key=lambda hit: (hit["hamming"], hit["id"]))

        def best(hits):
            return [(hit["id"], hit["hamming"]) for hit in sorted(hits, key=lambda hit: (hit["distance"], hit["id"]))[:10]]

        # A number of candidates that cuts a shell in two.
        cut = next(n for n in range(10, 90) if by_code[n - 1]["hamming"] == by_code[n]["hamming"])
        last = by_code[cut]["hamming"]
        shell = [hit for hit in everything if hit["hamming"] <= last]
        whole = self.search(*query, "--candidates", cut)[0]
        self.assertEqual((whole["candidates"], whole["ties_cut"], whole["exact"]), (len(shell), 0, True))
        self.assertEqual([(hit["id"], hit["hamming"]) for hit in whole["hits"]], best(shell))
        part = self.search(*query, "--candidates", cut, "--most-candidates", cut)[0]
        self.assertEqual((part["candidates"], part["ties_cut"], part["exact"]), (cut, len(shell) - cut, False))
        self.assertIn("were left out", part["promise"])
        self.assertEqual([(hit["id"], hit["hamming"]) for hit in part["hits"]], best(by_code[:cut]))
        out, _ = self.run_program("search", self.library, *query, "--candidates", cut, "--most-candidates", cut, "--explain")
        self.assertIn(f"{len(shell) - cut} more pictures are as near by code".encode(), out)
        self.assertIn(f"--most-candidates {len(shell)} ranks them".encode(), out)
        self.assertIn(f"hits: {part['promise']}".encode(), out)

        bucket = self.search(*query, "--bucket", last)[0]
        self.assertEqual([(hit["id"], hit["hamming"]) for hit in bucket["hits"]], best(shell))
        self.assertEqual((bucket["candidates"], bucket["exact"]), (len(shell), True))
        scan = self.search(*query, "--scan", "--id", 7)
        self.assertEqual([(hit["id"], hit["hamming"]) for hit in scan[0]["hits"]], best(everything))
        self.assertEqual(scan[1]["promise"], "the best 10 by feature of all 90 images")
        self.assertEqual(self.search(*query, "--bucket", 128)[0]["hits"], scan[0]["hits"])
        for wrong in (("--bucket", 1, "--scan"), ("--bucket", 1, "--radius", 2), ("--scan", "--candidates", 50), ("--scan", "--no-rerank"),
                      ("--bucket", 1, "--after", "1:1"), ("--bucket", -1), ("--bucket", 513)):
            _, err = self.run_program("search", self.library, *query, *wrong, exit_code=2)
            self.assertEqual(len(err.splitlines()), 1, err)

    def test_explain_is_for_people_too(self):
        out, _ = self.run_program("search", self.library, "--id", 3, "--explain")
        self.assertIn(b"plan: scan; compared 90 codes", out)

    def test_bench_leaves_its_codes_for_others(self):
        folder = self.folder / "data"
        bench = self.json_lines("bench", "search", "--data", "clustered", "--n", 3000, "--bits", 20, "--k", 10, "--queries", 5,
                                "--repeat", 1, "--save", folder, "--json")[0]
        codes = numpy.unpackbits(numpy.load(folder / "codes.npy"), axis=1)
        queries = numpy.unpackbits(numpy.load(folder / "queries.npy"), axis=1)
        hits = numpy.load(folder / "hits.npy")
        self.assertEqual((codes.shape, queries.shape, hits.shape), ((3000, 24), (5, 24), (5, 10, 2)))
        self.assertEqual(sum(bench["answered_by"].values()), 5)
        for query, found in zip(queries, hits):
            distances = (codes != query).sum(axis=1)
            best = sorted((distance, row) for row, distance in enumerate(distances))[:10]
            self.assertEqual([(distance, row) for row, distance in found.tolist()], best)
        # Given codes are drawn from.
        again = self.json_lines("bench", "search", "--data", folder / "codes.npy", "--n", 500, "--bits", 20, "--k", 10, "--queries", 2,
                                "--repeat", 1, "--json")[0]
        self.assertEqual(again["n"], 500)
        _, err = self.run_program("bench", "search", "--data", folder / "codes.npy", "--n", 500, "--bits", 64, exit_code=2)
        self.assertIn(b"--bits", err)
        (folder / "codes.npy").write_bytes((folder / "codes.npy").read_bytes()[:-1])
        self.run_program("bench", "search", "--data", folder / "codes.npy", "--n", 500, "--bits", 20, exit_code=5)
        self.run_program("bench", "search", "--data", "nosuch", "--n", 500, exit_code=5)

    def test_costs_are_measured_once_and_kept(self):
        costs = self.json_lines("bench", "calibrate", self.library, "--json")[0]
        kept = json.loads((self.library / "costs.json").read_text())
        self.assertEqual(kept, costs)
        self.assertTrue(costs)
        self.assertTrue(all(value > 0 for value in costs.values()))
        expected = self.hits("--id", 7)
        (self.library / "costs.json").write_text("{")
        self.assertEqual(self.hits("--id", 7), expected)
        self.verify()


if __name__ == "__main__":
    unittest.main()
