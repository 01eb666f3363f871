// Label files: CSV, JSON lines and lists (data/label_rows.h). The input is the text of one.
#include "data/label_rows.h"

#include <algorithm>

#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

constexpr size_t kMostLineBytes = 1000;

void CheckRows(const Result<std::vector<LabelRow>>& rows) {
  if (!rows.ok()) return;
  Require(std::ranges::is_sorted(*rows, std::ranges::less(), &LabelRow::line),
          "rows come in the order of their lines");
  const auto set = SetOfRows("labels", "/nowhere", *rows);
  Require(!set.ok(), "pictures that are not there make no set");
}

void FuzzLabelRows(ByteSpan input) {
  const std::vector<std::byte> bytes(input.begin(), input.end());
  const std::string_view text = TextOf(bytes);
  CheckRows(ReadCsvRows("labels.csv", text, kMostLineBytes));
  CheckRows(ReadJsonRows("labels.jsonl", text, kMostLineBytes));
  CheckRows(ReadCsvRows("labels.csv", text, kMostLineBytes, RowLabels::kOptional));
  CheckRows(ReadJsonRows("labels.jsonl", text, kMostLineBytes, RowLabels::kOptional));
  const ListRows list = ReadListRows("labels.txt", text, kMostLineBytes);
  CheckRows(list.rows);
}

const FuzzTarget kLabelRows("label_rows", FuzzLabelRows);

}  // namespace
}  // namespace hashlens
