#include <algorithm>
#include <tuple>

#include "base/parallel.h"
#include "base/try.h"
#include "eval/core.h"
#include "eval/tally.h"
#include "hashlens/code_index.h"
#include "index/rerank.h"

namespace hashlens {
namespace {

constexpr uint32_t kSmallRadius = 2;
// Bounds the memory of whole answers that are held at once.
constexpr size_t kAnswerBytes = size_t{64} << 20;

struct RadiusFigures {
  double precision = 0;
  bool empty = false;
};

struct CodeAnswer {
  QueryFigures by_code;
  QueryFigures reranked;
  QueryFigures cut;
  size_t candidates = 0;  // that `reranked` has put in order
  bool differ = false;    // `cut` has put fewer
  RadiusFigures radius;
};

// One query's whole database by (distance, row).
using Ranking = std::vector<Neighbor>;

std::vector<uint32_t> HitsOf(const Ranking& ranking, std::span<const Answer> marks) {
  std::vector<uint32_t> hits;
  for (size_t i = 0; i < ranking.size(); ++i) {
    if (marks[ranking[i].row] == Answer::kRight) hits.push_back(static_cast<uint32_t>(i + 1));
  }
  return hits;
}

std::vector<TieGroup> GroupsOf(const Ranking& ranking, std::span<const Answer> marks) {
  std::vector<TieGroup> groups;
  for (size_t i = 0; i < ranking.size(); ++i) {
    if (i == 0 || ranking[i].distance != ranking[i - 1].distance) groups.emplace_back();
    ++groups.back().size;
    groups.back().relevant += marks[ranking[i].row] == Answer::kRight ? 1 : 0;
  }
  return groups;
}

RadiusFigures WithinRadius(const Ranking& ranking, std::span<const Answer> marks) {
  size_t within = 0, right = 0;
  for (; within < ranking.size() && ranking[within].distance <= kSmallRadius; ++within)
    right += marks[ranking[within].row] == Answer::kRight ? 1 : 0;
  if (within == 0) return {0, true};
  return {static_cast<double>(right) / static_cast<double>(within), false};
}

// How many are candidates when the last shell is finished.
size_t CandidatesOf(const RerankInput& input, const Ranking& ranking) {
  size_t count = std::min(input.candidates, ranking.size());
  while (count > 0 && count < std::min(input.most_candidates, ranking.size()) &&
         ranking[count].distance == ranking[count - 1].distance)
    ++count;
  return count;
}

// Puts the first `count` in order of (feature distance, row).
void Rerank(const RerankInput& input, size_t query, size_t count, Ranking* ranking) {
  std::vector<float> feature = input.queries->Floats(query, 1);
  CentreAndNormalise(feature, input.mean);
  std::vector<std::pair<float, Neighbor>> nearest(count);
  for (size_t i = 0; i < count; ++i) {
    const Neighbor& neighbour = (*ranking)[i];
    nearest[i] = {CentredDistance(feature, input.mean, input.database->Row(neighbour.row)),
                  neighbour};
  }
  std::sort(nearest.begin(), nearest.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.row) < std::tie(b.first, b.second.row);
  });
  for (size_t i = 0; i < count; ++i) (*ranking)[i] = nearest[i].second;
}

class CodeJudge {
 public:
  CodeJudge(const Relevance& relevance, const Codes& database, const Codes& queries,
            const RerankInput* rerank, const CoreOptions& options)
      : relevance_(relevance),
        queries_(queries),
        rerank_(rerank),
        index_(database.bits),
        by_code_({relevance.rows(), options.k, /*whole=*/true, /*ties=*/true}),
        reranked_({relevance.rows(), options.k, /*whole=*/true, /*ties=*/false}),
        cut_({relevance.rows(), options.k, /*whole=*/true, /*ties=*/false}) {
    index_.Reserve(database.rows());
    index_.Append(database.bytes);
  }

  CodeAnswer Judge(size_t query) const {
    std::vector<Answer> marks(relevance_.rows());
    const size_t right = relevance_.Mark(query, marks);
    Ranking ranking = Search(query, {.k = index_.rows()});
    std::erase_if(ranking, [&](const Neighbor& n) { return marks[n.row] == Answer::kItself; });
    CodeAnswer answer;
    answer.radius = WithinRadius(ranking, marks);
    answer.by_code = by_code_.Judge(HitsOf(ranking, marks), right, GroupsOf(ranking, marks));
    if (rerank_ != nullptr) {
      const size_t cut = std::min(rerank_->candidates, ranking.size());
      answer.candidates = CandidatesOf(*rerank_, ranking);
      answer.differ = answer.candidates > cut;
      Ranking whole = ranking;
      Rerank(*rerank_, query, answer.candidates, &whole);
      answer.reranked = reranked_.Judge(HitsOf(whole, marks), right);
      if (answer.differ) Rerank(*rerank_, query, cut, &ranking);
      answer.cut = answer.differ ? cut_.Judge(HitsOf(ranking, marks), right) : answer.reranked;
    }
    return answer;
  }

  void Add(const CodeAnswer& answer) {
    ++count_;
    radius_precision_ += answer.radius.precision;
    empty_ += answer.radius.empty ? 1 : 0;
    by_code_.Add(answer.by_code);
    if (rerank_ == nullptr) return;
    reranked_.Add(answer.reranked);
    cut_.Add(answer.cut);
    candidates_ += static_cast<double>(answer.candidates);
    differ_ = differ_ || answer.differ;
  }

  CodeFigures Finish(size_t k) const {
    CodeFigures figures;
    by_code_.Finish(&figures.by_code);
    const double count = std::max(count_, 1.0);
    figures.by_code.precision_radius2 = radius_precision_ / count;
    figures.by_code.empty_radius2 = empty_ / count;
    figures.by_code.distinct_codes = index_.CountDistinct();
    figures.by_code.search_ms =
        MedianMilliseconds(queries_.rows(), [&](size_t query) { Search(query, {.k = k}); });
    if (rerank_ == nullptr) return figures;
    CodeQuery search{.k = rerank_->candidates, .most = rerank_->most_candidates};
    figures.reranked = FinishReranked(reranked_, search);
    figures.reranked->candidates = candidates_ / count;
    if (!differ_) return figures;
    search.most = 0;
    figures.cut = FinishReranked(cut_, search);
    figures.cut->candidates =
        static_cast<double>(std::min<size_t>(rerank_->candidates, index_.rows()));
    return figures;
  }

 private:
  EvalMethod FinishReranked(const Tally& tally, const CodeQuery& search) const {
    EvalMethod method;
    tally.Finish(&method);
    std::vector<Ranking> found(queries_.rows());
    const double codes_ms = MedianMilliseconds(
        queries_.rows(), [&](size_t query) { found[query] = Search(query, search); });
    method.rerank_ms = MedianMilliseconds(queries_.rows(), [&](size_t query) {
      Rerank(*rerank_, query, found[query].size(), &found[query]);
    });
    method.search_ms = codes_ms + *method.rerank_ms;
    return method;
  }

  Ranking Search(size_t query, const CodeQuery& search) const {
    return std::move(index_.Search(queries_.Row(query), search)[0]);
  }

  const Relevance& relevance_;
  const Codes& queries_;
  const RerankInput* rerank_;
  CodeIndex index_;
  Tally by_code_;
  Tally reranked_;
  Tally cut_;
  double candidates_ = 0;
  bool differ_ = false;
  double count_ = 0;
  double radius_precision_ = 0;
  double empty_ = 0;
};

}  // namespace

Result<CodeFigures> JudgeCodes(const Relevance& relevance, const Codes& database,
                               const Codes& queries, const RerankInput* rerank,
                               const CoreOptions& options) {
  CodeJudge judge(relevance, database, queries, rerank, options);
  const size_t chunk =
      std::clamp<size_t>(kAnswerBytes / sizeof(Neighbor) / std::max<size_t>(database.rows(), 1),
                         static_cast<size_t>(options.threads), 256);
  std::vector<CodeAnswer> answers;
  HL_TRY(InChunks(relevance.queries(), chunk, "ranking by code", options,
                  [&](size_t first, size_t count) {
                    answers.assign(count, {});
                    RunParallel(static_cast<size_t>(options.threads), count,
                                [&](size_t i) { answers[i] = judge.Judge(first + i); });
                    for (const CodeAnswer& answer : answers) judge.Add(answer);
                  }));
  return judge.Finish(options.k);
}

}  // namespace hashlens
