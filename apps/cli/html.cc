#include "apps/cli/html.h"

#include <fmt/core.h>

#include "apps/cli/new_file.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr char kStart[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hashlens: )";

constexpr char kStyle[] = R"(</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent);
    --c0: #0062b8; --c1: #c2410c; --c2: #00794f; --c3: #a2278b; --c4: #8a6d00; --c5: #0e7490; --c6: #b91c3b; --c7: #5b5bd6; }
  @media (prefers-color-scheme: dark) {
    :root { --c0: #5eb1ff; --c1: #ff9a5c; --c2: #4fd09b; --c3: #f08bdc; --c4: #e2c044; --c5: #56cfe1; --c6: #ff8095; --c7: #b0aaff; } }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 1100px; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
  ul { padding-left: 1.2rem; margin: .4rem 0; overflow-wrap: anywhere; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; white-space: nowrap; }
  th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
  th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: Canvas; }
  .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 1rem; }
  figure { margin: 0; } figcaption { font-size: 13px; opacity: .75; }
  svg { width: 100%; height: auto; } svg text { fill: currentColor; font: 12px system-ui, sans-serif; }
  .grid { stroke: var(--line); fill: none; } polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
  circle { fill: Canvas; stroke-width: 1.5; }
  .key { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: 13px; }
  .key svg { width: 30px; height: 10px; vertical-align: middle; margin-right: .4rem; }
  .s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); }
  .s4 { stroke: var(--c4); } .s5 { stroke: var(--c5); } .s6 { stroke: var(--c6); } .s7 { stroke: var(--c7); }
  .d1 { stroke-dasharray: 7 4; } .d2 { stroke-dasharray: 2 3; } .d3 { stroke-dasharray: 9 3 2 3; }
</style>
</head>
<body>
)";

}  // namespace

std::string EscapedHtml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string PageStart(const std::string& title) { return kStart + EscapedHtml(title) + kStyle; }

std::string PageEnd() { return "</body>\n</html>\n"; }

std::string TableHtml(const std::vector<std::vector<std::string>>& table) {
  std::string html = "<div class=\"wide\"><table>\n";
  for (size_t row = 0; row < table.size(); ++row) {
    html += "<tr>";
    for (const std::string& cell : table[row])
      html += fmt::format("<{0}>{1}</{0}>", row == 0 ? "th" : "td", EscapedHtml(cell));
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

Status WritePage(const std::filesystem::path& file, const std::string& html) {
  return ReplaceFile(file, html);
}

}  // namespace hashlens
