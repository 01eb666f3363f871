#include "apps/cli/contact_sheet.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>

#include "apps/cli/html.h"

namespace hashlens {
namespace {

constexpr int kThumbnailSide = 240;

constexpr char kSheetHead[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hashlens: hits</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent); }
  body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 1400px; padding: 0 1rem; }
  h1 { font-size: 1.2rem; font-weight: 600; }
  h2 { font-size: 1.2rem; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
  section { border-top: 1px solid var(--line); padding: 1.2rem 0; display: flex; gap: 1.5rem; align-items: flex-start; }
  .hits { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 1rem; flex: 1; margin: 0; padding: 0; list-style: none; }
  figure { margin: 0; }
  .query { flex: 0 0 200px; }
  .frame { height: 150px; display: flex; align-items: center; justify-content: center; background: #fff; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; color: #666; }
  .query .frame { height: 200px; border-width: 2px; }
  img { max-width: 100%; max-height: 100%; }
  figcaption { overflow-wrap: anywhere; font-size: 12px; margin-top: .3rem; }
  .numbers { opacity: .65; font-size: 12px; font-variant-numeric: tabular-nums; }
  .stages { flex: 1; } .stages h3 { font-size: 1rem; margin: 0 0 .6rem; } .stages .hits { margin-bottom: 1.4rem; }
  .code { margin-top: .8rem; } .code svg { width: 100%; max-width: 200px; } .code rect { stroke: currentColor; stroke-width: .06; fill: none; } .code .one { fill: currentColor; }
  @media (max-width: 700px) { section { flex-direction: column; } }
</style>
</head>
<body>
<h1>hashlens</h1>
)";

std::string Base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP writes a closing NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

std::string Frame(const Result<std::string>& thumbnail, const std::filesystem::path& path) {
  const std::string name = EscapedHtml(PrintablePath(path.filename()));
  if (!thumbnail.ok()) return "<div class=\"frame\">not readable any more</div>";
  return fmt::format(
      "<div class=\"frame\"><img alt=\"{}\" src=\"data:image/jpeg;base64,{}\"></div>", name,
      Base64(*thumbnail));
}

std::string Picture(const std::filesystem::path& path) {
  return Frame(Thumbnail(path, kThumbnailSide), path);
}

// more: what else is said of the hit.
std::string HitItem(const Hit& hit, const std::string& more) {
  const std::string distance = hit.distance ? fmt::format("distance {:.3f}, ", *hit.distance) : "";
  return fmt::format(
      "<li><figure title=\"{}\">{}<figcaption>{}<div class=\"numbers\">{}. {}{} bits "
      "differ{}</div></figcaption></figure></li>\n",
      EscapedHtml(PrintablePath(hit.path)), Picture(hit.path),
      EscapedHtml(PrintablePath(hit.path.filename())), hit.rank, distance, hit.hamming, more);
}

// other: the same query in another order, whose ranks are named; null for none.
std::string HitList(const std::vector<Hit>& hits, const std::vector<Hit>* other = nullptr) {
  std::string html = "<ol class=\"hits\">\n";
  for (const Hit& hit : hits) {
    std::string more;
    if (other != nullptr) {
      const auto before = std::ranges::find(*other, hit.id, &Hit::id);
      more = before == other->end() ? fmt::format("; not among the first {} by code", other->size())
                                    : fmt::format("; {}. by code", before->rank);
    }
    html += HitItem(hit, more);
  }
  if (hits.empty()) html += "<li>Nothing found.</li>\n";
  return html + "</ol>";
}

// The bits of a code, 16 in a row, the first at the upper left; ones are filled.
std::string CodePicture(const ImageCode& code) {
  constexpr int kInRow = 16;
  std::string html = fmt::format(
      "<figure class=\"code\"><svg viewBox=\"-.1 -.1 {}.2 {}.2\" role=\"img\" aria-label=\"code of "
      "{} "
      "bits\">",
      kInRow, (code.bits + kInRow - 1) / kInRow, code.bits);
  for (int bit = 0; bit < code.bits; ++bit) {
    const bool one = (code.bytes[static_cast<size_t>(bit) / 8] >> (bit % 8) & 1) != 0;
    html += fmt::format("<rect{} x=\"{}\" y=\"{}\" width=\"1\" height=\"1\"/>",
                        one ? " class=\"one\"" : "", bit % kInRow, bit / kInRow);
  }
  return html + fmt::format("</svg><figcaption>its code, {} bits</figcaption></figure>", code.bits);
}

// heading: HTML of the query.
std::string SheetSection(const std::string& heading, const SheetRow& row) {
  const SearchResult& result = row.result;
  std::string html =
      fmt::format("<section><div class=\"query\">{}<div class=\"numbers\">{} images searched</div>",
                  heading, result.rows);
  if (!row.by_code) return html + "</div>\n" + HitList(result.hits) + "</section>\n";
  html += CodePicture(result.query_code) + "</div>\n<div class=\"stages\">\n";
  html += fmt::format("<h3>1. By code: the first {} of {} candidates</h3>\n",
                      row.by_code->hits.size(), result.candidates);
  html += HitList(row.by_code->hits);
  html += "<h3>2. The candidates in order of their features</h3>\n";
  return html + HitList(result.hits, &row.by_code->hits) + "</div></section>\n";
}

std::string PictureHeading(const std::string& picture, const std::filesystem::path& path) {
  return fmt::format("<figure>{}<figcaption><b>query</b> {}</figcaption></figure>", picture,
                     EscapedHtml(PrintablePath(path.filename())));
}

std::string TextHeading(const std::string& text) {
  return "<h2>" + EscapedHtml(PrintablePath(text)) + "</h2>";
}

std::string SheetSection(const Library& library, const SheetRow& row) {
  const Query& query = *row.query;
  if (query.id != 0) {
    const auto found = library.PathOf(query.id);
    const std::filesystem::path path =
        found.ok() ? *found : std::filesystem::path(row.result.query);
    return SheetSection(PictureHeading(Picture(path), path), row);
  }
  if (query.text) return SheetSection(TextHeading(*query.text), row);
  const std::string picture =
      query.bytes ? Frame(ThumbnailOfBytes(*query.bytes, kThumbnailSide), query.file)
                  : Picture(query.file);
  return SheetSection(PictureHeading(picture, query.file), row);
}

}  // namespace

Status WriteContactSheet(const std::filesystem::path& file, const Library& library,
                         const std::vector<SheetRow>& rows) {
  std::string html = kSheetHead;
  for (const SheetRow& row : rows) html += SheetSection(library, row);
  html += "</body>\n</html>\n";
  return WritePage(file, html);
}

}  // namespace hashlens
