#include "model/model_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/sha256.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

std::string Hex64(char digit) { return std::string(64, digit); }

ModelPackage Example() {
  ModelPackage package;
  package.name = "naïve example";
  package.dim = 1280;
  package.input = {192, 0.9, {123.675f, 116.28f, 103.53f}, {58.395f, 57.12f, 57.375f}};
  package.network_sha256 = Hex64('a');
  package.heads = {{20, "itq-classifier", "head-20.hlh", Hex64('0')},
                   {128, "itq", "head-128.hlh", Hex64('9')}};
  package.feature_digest = FeatureDigest(package.network_sha256, package.dim, package.input);
  return package;
}

void ExpectSame(const ModelPackage& a, const ModelPackage& b) {
  EXPECT_EQ(SerializeModelJson(a), SerializeModelJson(b));
  EXPECT_EQ(a.feature_digest, b.feature_digest);
  EXPECT_EQ(a.input, b.input);
}

// The example's text with `change` made to it, and a digest that fits.
std::string Changed(const std::function<void(Json&)>& change) {
  Json json = Json::parse(SerializeModelJson(Example()));
  change(json);
  json.erase("digest");
  json["digest"] = Sha256Hex(AsBytes(json.dump()));
  return json.dump();
}

StatusCode CodeOf(const std::string& text) { return ParseModelJson(text).status().code(); }

TEST(ModelJson, RoundTrips) {
  const auto parsed = ParseModelJson(SerializeModelJson(Example()));
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  ExpectSame(*parsed, Example());
  EXPECT_EQ(parsed->heads.size(), 2u);
  EXPECT_EQ(parsed->name, Example().name);
}

TEST(ModelJson, EveryFlippedBitIsFoundUnlessItChangesNothing) {
  const std::string good = SerializeModelJson(Example());
  for (size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      const auto parsed = ParseModelJson(bad);
      if (parsed.ok()) {
        // The 17th digit of a number can differ without making another double.
        EXPECT_TRUE(good[i] >= '0' && good[i] <= '9') << "byte " << i << " bit " << bit;
        ExpectSame(*parsed, Example());
      } else {
        EXPECT_EQ(parsed.status().code(), StatusCode::kCorruption)
            << "byte " << i << " bit " << bit << ": " << parsed.status().message();
      }
    }
  }
}

TEST(ModelJson, WhiteSpaceAndOrderMeanNothing) {
  const auto parsed = ParseModelJson(Changed([](Json&) {}));
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  ExpectSame(*parsed, Example());
}

TEST(ModelJson, EveryTruncationIsFound) {
  const std::string good = SerializeModelJson(Example());
  for (size_t size = 0; size + 1 < good.size(); ++size) {  // the last byte is a newline
    EXPECT_EQ(CodeOf(good.substr(0, size)), StatusCode::kCorruption) << size;
  }
}

TEST(ModelJson, ANewerVersionIsUnsupportedOnlyWhenIntact) {
  const std::string newer = Changed([](Json& json) {
    json["version"] = 4;
    json["something new"] = {1, 2};
  });
  EXPECT_EQ(CodeOf(newer), StatusCode::kUnsupported);
  std::string damaged = newer;
  damaged.replace(damaged.find("1280"), 4, "1281");
  EXPECT_EQ(CodeOf(damaged), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(Changed([](Json& json) { json["version"] = 0; })), StatusCode::kCorruption);
}

TEST(ModelJson, OnlyAStretchedPictureNeedsVersion2) {
  EXPECT_EQ(Json::parse(SerializeModelJson(Example()))["version"], 1);
  EXPECT_FALSE(Json::parse(SerializeModelJson(Example()))["input"].contains("fit"));
  ModelPackage stretched = Example();
  stretched.input.fit = PictureFit::kStretch;
  const std::string square_digest = stretched.feature_digest;
  stretched.feature_digest =
      FeatureDigest(stretched.network_sha256, stretched.dim, stretched.input);
  EXPECT_NE(stretched.feature_digest, square_digest);
  const std::string text = SerializeModelJson(stretched);
  EXPECT_EQ(Json::parse(text)["version"], 2);
  const auto parsed = ParseModelJson(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  ExpectSame(*parsed, stretched);
}

TEST(ModelJson, TheFitOfAPictureIsTheVersionsOwn) {
  const auto with = [](int version, const char* fit) {
    return CodeOf(Changed([&](Json& json) {
      json["version"] = version;
      if (fit) json["input"]["fit"] = fit;
    }));
  };
  EXPECT_EQ(with(2, "stretch"), StatusCode::kOk);
  EXPECT_EQ(with(1, "stretch"), StatusCode::kCorruption);
  EXPECT_EQ(with(2, nullptr), StatusCode::kCorruption);
  EXPECT_EQ(with(2, "squash"), StatusCode::kCorruption);
}

ModelPackage WithText() {
  ModelPackage package = Example();
  package.text = PackagedText{Hex64('1'), Hex64('2')};
  return package;
}

TEST(ModelJson, TextsNeedVersion2AndChangeNoFeature) {
  const std::string text = SerializeModelJson(WithText());
  EXPECT_EQ(Json::parse(text)["version"], 2);
  EXPECT_FALSE(Json::parse(text)["input"].contains("fit"));
  EXPECT_FALSE(Json::parse(SerializeModelJson(Example())).contains("text"));
  const auto parsed = ParseModelJson(text);
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  ExpectSame(*parsed, WithText());
  EXPECT_EQ(parsed->feature_digest, Example().feature_digest);
  ASSERT_TRUE(parsed->text);
  EXPECT_EQ(parsed->text->network_sha256, Hex64('1'));
  EXPECT_EQ(parsed->text->tokenizer_sha256, Hex64('2'));
  ModelPackage both = WithText();
  both.input.fit = PictureFit::kStretch;
  const auto stretched = ParseModelJson(SerializeModelJson(both));
  ASSERT_TRUE(stretched.ok()) << stretched.status().message();
  EXPECT_TRUE(stretched->text);
  EXPECT_EQ(stretched->input.fit, PictureFit::kStretch);
}

TEST(ModelJson, ATextOfOtherMembersIsRefused) {
  const auto with = [](const Json& text, int version = 2) {
    return CodeOf(Changed([&](Json& json) {
      json["version"] = version;
      json["text"] = text;
    }));
  };
  const Json good = {{"network_sha256", Hex64('1')}, {"tokenizer_sha256", Hex64('2')}};
  EXPECT_EQ(with(good), StatusCode::kOk);
  EXPECT_EQ(with(good, 1), StatusCode::kCorruption);
  EXPECT_EQ(with(nullptr), StatusCode::kCorruption);
  EXPECT_EQ(with(Json::object()), StatusCode::kCorruption);
  for (const char* name : {"network_sha256", "tokenizer_sha256"}) {
    for (const Json& bad : {Json("../../etc"), Json(Hex64('G')), Json(7)}) {
      Json text = good;
      text[name] = bad;
      EXPECT_EQ(with(text), StatusCode::kCorruption) << text;
    }
  }
  Json more = good;
  more["file"] = "text.xml";
  EXPECT_EQ(with(more), StatusCode::kCorruption);
}

ModelPackage WithClassifier() {
  ModelPackage package = Example();
  package.classifier = PackagedClassifier{10, Hex64('1'), Hex64('2')};
  return package;
}

TEST(ModelJson, AClassifierNeedsVersion3AndChangesNoFeature) {
  ModelPackage all = WithClassifier();
  all.text = WithText().text;
  all.input.fit = PictureFit::kStretch;
  all.feature_digest = FeatureDigest(all.network_sha256, all.dim, all.input);
  for (const ModelPackage& package : {WithClassifier(), all}) {
    const std::string text = SerializeModelJson(package);
    EXPECT_EQ(Json::parse(text)["version"], 3);
    const auto parsed = ParseModelJson(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    ExpectSame(*parsed, package);
    ASSERT_TRUE(parsed->classifier);
    EXPECT_EQ(parsed->classifier->classes, 10);
    EXPECT_EQ(parsed->classifier->sha256, Hex64('1'));
    EXPECT_EQ(parsed->classifier->names_sha256, Hex64('2'));
    EXPECT_EQ(parsed->text.has_value(), package.text.has_value());
  }
  EXPECT_EQ(ParseModelJson(SerializeModelJson(WithClassifier()))->feature_digest,
            Example().feature_digest);
}

TEST(ModelJson, AClassifierOfOtherMembersIsRefused) {
  const auto with = [](const Json& classifier, int version = 3) {
    return CodeOf(Changed([&](Json& json) {
      json["version"] = version;
      json["classifier"] = classifier;
    }));
  };
  const Json good = {{"classes", 10}, {"sha256", Hex64('1')}, {"names_sha256", Hex64('2')}};
  EXPECT_EQ(with(good), StatusCode::kOk);
  EXPECT_EQ(with(good, 2), StatusCode::kCorruption);
  EXPECT_EQ(with(nullptr), StatusCode::kCorruption);
  EXPECT_EQ(with(Json::object()), StatusCode::kCorruption);
  for (const auto& [name, bad] :
       std::vector<std::pair<std::string, Json>>{{"classes", 0},
                                                 {"classes", 70'000},
                                                 {"classes", "10"},
                                                 {"sha256", Hex64('G')},
                                                 {"sha256", 7},
                                                 {"names_sha256", "../../etc"},
                                                 {"file", "classifier.hlc"}}) {
    Json classifier = good;
    classifier[name] = bad;
    EXPECT_EQ(with(classifier), StatusCode::kCorruption) << classifier;
  }
  EXPECT_EQ(CodeOf(Changed([](Json& json) { json["version"] = 3; })), StatusCode::kCorruption);
}

TEST(ModelJson, NamesThatLeaveThePackageAreRefused) {
  for (const char* name : {"", ".", "..", "../head.hlh", "a/b", "/etc/passwd", "a\\b", "a\nb",
                           "model.json", "network.xml", "network.bin", "text.xml", "text.bin",
                           "tokenizer.xml", "tokenizer.bin", "classifier.hlc", "classes.json"}) {
    EXPECT_EQ(CodeOf(Changed([&](Json& json) { json["heads"][0]["file"] = name; })),
              StatusCode::kCorruption)
        << name;
  }
  const std::string with_nul =
      Changed([](Json& json) { json["heads"][0]["file"] = std::string("head\0.hlh", 9); });
  EXPECT_EQ(CodeOf(with_nul), StatusCode::kCorruption);
}

TEST(ModelJson, MembersAreCheckedOneByOne) {
  const std::vector<std::function<void(Json&)>> changes = {
      [](Json& j) { j["format"] = "other"; },
      [](Json& j) { j.erase("name"); },
      [](Json& j) { j["name"] = ""; },
      [](Json& j) { j["name"] = "two\nlines"; },
      [](Json& j) { j["name"] = 7; },
      [](Json& j) { j["extra"] = 1; },
      [](Json& j) { j["dim"] = 0; },
      [](Json& j) { j["dim"] = -1; },
      [](Json& j) { j["dim"] = 1.5; },
      [](Json& j) { j["dim"] = uint64_t{1} << 63; },
      [](Json& j) { j["dim"] = (uint64_t{1} << 32) + 1280; },
      [](Json& j) { j["version"] = "1"; },
      [](Json& j) { j["network_sha256"] = Hex64('A'); },
      [](Json& j) { j["network_sha256"] = "ab"; },
      [](Json& j) { j["input"] = Json::array(); },
      [](Json& j) { j["input"]["size"] = 4; },
      [](Json& j) { j["input"]["size"] = 5000; },
      [](Json& j) { j["input"]["extra"] = 1; },
      [](Json& j) { j["input"]["crop_fraction"] = 0; },
      [](Json& j) { j["input"]["crop_fraction"] = 1.01; },
      [](Json& j) {
        j["input"]["mean"] = {1, 2};
      },
      [](Json& j) {
        j["input"]["mean"] = {1, 2, "3"};
      },
      [](Json& j) {
        j["input"]["mean"] = {1, 2, 1e300};
      },
      [](Json& j) {
        j["input"]["scale"] = {1, 0, 1};
      },
      [](Json& j) {
        j["input"]["scale"] = {1, -2, 1};
      },
      [](Json& j) { j["heads"] = 3; },
      [](Json& j) { j["heads"][0] = 3; },
      [](Json& j) { j["heads"][0].erase("method"); },
      [](Json& j) { j["heads"][0]["extra"] = 1; },
      [](Json& j) { j["heads"][0]["method"] = ""; },
      [](Json& j) { j["heads"][0]["bits"] = 7; },
      [](Json& j) { j["heads"][1]["bits"] = 513; },
      [](Json& j) { j["heads"][0]["bits"] = 128; },
      [](Json& j) { j["heads"][0]["file"] = "head-128.hlh"; },
      [](Json& j) { std::swap(j["heads"][0], j["heads"][1]); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    const auto parsed = ParseModelJson(Changed(changes[i]));
    EXPECT_EQ(parsed.status().code(), StatusCode::kCorruption) << "change " << i;
    EXPECT_EQ(parsed.status().message().find('\n'), std::string::npos) << "change " << i;
    EXPECT_EQ(parsed.status().message().find("digest differs"), std::string::npos)
        << "change " << i;
  }
}

TEST(ModelJson, TextThatIsNoModelIsRefused) {
  for (const char* text : {"", "[]", "null", "\"text\"", "{}", "{\"format\": \"hashlens-model\"}",
                           "{\"a\": \xff}", "{\"a\": 1e999}", "{\"a\": 1} x"}) {
    EXPECT_EQ(CodeOf(text), StatusCode::kCorruption) << text;
  }
  std::string doubled = SerializeModelJson(Example());
  doubled.insert(doubled.find("\"dim\""), "\"dim\": 5, ");
  EXPECT_EQ(CodeOf(doubled), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(std::string(500'000, '[')), StatusCode::kCorruption);
  const std::string nested(100'000, '[');
  const std::string closed = "{\"a\":" + nested + std::string(100'000, ']') + "}";
  EXPECT_EQ(CodeOf(closed), StatusCode::kCorruption);
}

TEST(FeatureDigest, DependsOnEverythingThatDecidesAFeatureAndOnNothingElse) {
  const ModelPackage base = Example();
  const auto digest = [&](const std::function<void(ModelPackage&)>& change) {
    ModelPackage package = base;
    change(package);
    return FeatureDigest(package.network_sha256, package.dim, package.input);
  };
  const std::vector<std::function<void(ModelPackage&)>> changes = {
      [](ModelPackage& p) { p.network_sha256 = Hex64('b'); },
      [](ModelPackage& p) { p.dim = 1279; },
      [](ModelPackage& p) { p.input.size = 193; },
      [](ModelPackage& p) { p.input.crop_fraction = std::nextafter(0.9, 1.0); },
      [](ModelPackage& p) { p.input.mean[2] = std::nextafter(103.53f, 0.0f); },
      [](ModelPackage& p) { p.input.scale[0] = std::nextafter(58.395f, 0.0f); },
      [](ModelPackage& p) { std::swap(p.input.mean, p.input.scale); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    EXPECT_NE(digest(changes[i]), base.feature_digest) << "change " << i;
  }
  EXPECT_EQ(digest([](ModelPackage& p) { p.name = "other", p.heads.clear(); }),
            base.feature_digest);
  // Fixed for ever: libraries record it.
  EXPECT_EQ(FeatureDigest(Hex64('0'), 1280, NetworkInput()),
            Sha256Hex(AsBytes("hashlens feature 1\nnetwork " + Hex64('0') +
                              "\ndim 1280\nsize 224\ncrop 0.875\nmean 127 127 127\n"
                              "scale 128 128 128\n")));
}

}  // namespace
}  // namespace hashlens
