#include "data/csv.h"

#include <gtest/gtest.h>

#include <random>

namespace hashlens {
namespace {

using Records = std::vector<std::vector<std::string>>;

// Reads all records; on an error the last one is {"line", why}.
Records ReadAll(std::string_view text, size_t limit = 1000) {
  CsvReader reader(text, limit);
  Records records;
  std::vector<std::string> fields;
  for (;;) {
    const auto more = reader.Next(&fields);
    if (!more.ok()) {
      records.push_back({std::to_string(reader.line()), more.status().message()});
      return records;
    }
    if (!*more) return records;
    records.push_back(fields);
  }
}

TEST(Csv, ReadsWhatRfc4180Shows) {
  EXPECT_EQ(ReadAll("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"),
            (Records{{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
  EXPECT_EQ(ReadAll("aaa,bbb\nzzz,yyy"), (Records{{"aaa", "bbb"}, {"zzz", "yyy"}}));
  EXPECT_EQ(ReadAll("\"aaa\",\"b\r\nbb\",\"c,\"\"c\"\nx,,"),
            (Records{{"aaa", "b\r\nbb", "c,\"c"}, {"x", "", ""}}));
  EXPECT_EQ(ReadAll("a, b \n\n\r\n c\r,d\n"), (Records{{"a", " b "}, {" c\r", "d"}}));
  EXPECT_EQ(ReadAll("\"\""), (Records{{""}}));
  EXPECT_EQ(ReadAll(""), Records());
  EXPECT_EQ(ReadAll("\n\n"), Records());
}

TEST(Csv, NamesTheLineOfABrokenRecord) {
  EXPECT_EQ(ReadAll("a,b\n\nc,d\"e\n").back()[0], "3");
  EXPECT_EQ(ReadAll("a,\"b\nc\"\nd,\"e\" f\n").back()[0], "3");
  EXPECT_EQ(ReadAll("a,b\nc,\"d\n\n\n").back(),
            (std::vector<std::string>{"2", "a quote is never closed"}));
  EXPECT_EQ(ReadAll("a,b\nccccc,dddddd\n", 11).size(), 2u);
  EXPECT_EQ(ReadAll("a,b\nccccc,dddddd\n", 11).back()[0], "2");
  EXPECT_EQ(ReadAll("a,b\nccccc,ddddd\n", 11).back()[1], "ddddd");
}

TEST(Csv, ReadsBackWhateverIsWrittenByTheRules) {
  std::mt19937_64 random(3);
  const std::string alphabet = "ab,\"\n\r; \xc3\xa4";
  for (int round = 0; round < 300; ++round) {
    Records written(random() % 6);
    std::string text;
    std::vector<uint64_t> lines;
    uint64_t line = 1;
    for (auto& record : written) {
      record.resize(1 + random() % 4);
      lines.push_back(line);
      for (size_t i = 0; i < record.size(); ++i) {
        std::string& field = record[i];
        field.resize(random() % 8);
        for (char& c : field) c = alphabet[random() % alphabet.size()];
        const bool quoted = record.size() == 1 || random() % 2 == 0 ||
                            field.find_first_of(",\"\n\r") != std::string::npos;
        if (i > 0) text += ',';
        if (quoted) text += '"';
        for (const char c : field) {
          text += c;
          if (c == '"') text += c;
          if (c == '\n') ++line;
        }
        if (quoted) text += '"';
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
      ++line;
    }
    if (!text.empty() && random() % 2 == 0) text.erase(text.find_last_not_of("\r\n") + 1);
    CsvReader reader(text, 1000);
    std::vector<std::string> fields;
    for (size_t i = 0; i < written.size(); ++i) {
      const auto more = reader.Next(&fields);
      ASSERT_TRUE(more.ok() && *more) << text;
      EXPECT_EQ(fields, written[i]) << text;
      EXPECT_EQ(reader.line(), lines[i]) << text;
    }
    EXPECT_FALSE(*reader.Next(&fields)) << text;
  }
}

TEST(Csv, SurvivesAnyBytes) {
  std::mt19937_64 random(4);
  const std::string alphabet("a,\"\n\r\0\xff", 7);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 20, '\0');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const Records records = ReadAll(text);
    EXPECT_LE(records.size(), text.size() + 1);
  }
}

}  // namespace
}  // namespace hashlens
