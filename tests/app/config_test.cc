#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "app/collection.h"

namespace grumble::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (fs::temp_directory_path() / "grumble-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    for (const char* name :
         {"GRUMBLE_CONFIG", "GRUMBLE_DATA_DIR", "GRUMBLE_DATABASE_URL",
          "GRUMBLE_DATABASE_URL_FILE", "GRUMBLE_READER_URL",
          "GRUMBLE_X_BEARER_TOKEN", "GRUMBLE_X_BEARER_TOKEN_FILE",
          "GRUMBLE_YOUTUBE_API_KEY", "GRUMBLE_YOUTUBE_API_KEY_FILE"}) {
      unsetenv(name);
    }
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path file(const std::string& text) const {
    const fs::path path = directory_ / "grumble.toml";
    std::ofstream(path) << text;
    return path;
  }

  std::string error_of(const std::string& text) const {
    try {
      load_config(file(text));
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path directory_;
};

TEST_F(ConfigTest, TheSampleHoldsAndItsCommentsAreTheDefaults) {
  const Config sample = load_config(fs::path("config/sample.toml"));
  EXPECT_EQ(sample.budget.x_usd_per_day, 5.0);
  EXPECT_GE(sample.sources.at("x").source.queries.size(), 14u);
  // Uncommenting every line must give a file that still holds.
  std::ifstream in("config/sample.toml");
  std::string all;
  for (std::string line; std::getline(in, line);) {
    const bool setting = line.starts_with("# ") &&
                         line.find(" = ") != std::string::npos &&
                         line.find_first_of("_.") != std::string::npos;
    if (setting && line.find("credential_file") == std::string::npos &&
        line.find("queries_file") == std::string::npos &&
        line.find("url = \"postgresql") == std::string::npos) {
      line = line.substr(2);
    }
    all += line + "\n";
  }
  EXPECT_NO_THROW(load_config(file(all))) << error_of(all);
}

TEST_F(ConfigTest, UnknownKeyNamesItsPlaceAndTheKnownOnes) {
  const auto error = error_of("time_zone = \"UTC\"\n\n[budget]\nx_usd = 3\n");
  EXPECT_THAT(error, HasSubstr("grumble.toml:4:"));
  EXPECT_THAT(error, HasSubstr("unknown key 'x_usd' in [budget]"));
  EXPECT_THAT(error, HasSubstr("x_usd_per_day"));
}

TEST_F(ConfigTest, AuthorsAreKeyedOrShown) {
  EXPECT_FALSE(load_config(file("")).authors) << "as the database has it";
  EXPECT_EQ(load_config(file("authors = \"keyed\"\n")).authors,
            store::AuthorMode::keyed);
  EXPECT_EQ(load_config(file("authors = \"shown\"\n")).authors,
            store::AuthorMode::shown);
  EXPECT_THAT(error_of("authors = \"named\"\n"),
              HasSubstr("grumble.toml:1:11: 'named' is neither keyed nor"));
}

TEST_F(ConfigTest, SyntaxErrorNamesItsPlace) {
  EXPECT_THAT(error_of("time_zone = \n"), HasSubstr("grumble.toml:1:"));
}

TEST_F(ConfigTest, ImpossibleValuesAreRefused) {
  EXPECT_THAT(error_of("[source.x]\ninterval = \"soon\"\n"),
              HasSubstr("'soon' is no duration"));
  EXPECT_THAT(error_of("[source.bluesky]\n"), HasSubstr("no source 'bluesky'"));
  EXPECT_THAT(error_of("[budget]\nx_usd_per_day = -1\n"),
              HasSubstr("below zero"));
  EXPECT_THAT(error_of("[web]\nport = 70000\n"), HasSubstr("outside 0..65535"));
  EXPECT_THAT(error_of("[retention]\nposts = \"9d\"\nx = \"10d\"\n"),
              HasSubstr("grumble.toml:3:5: 'x' is longer than 'posts'"));
  EXPECT_THAT(error_of("since = \"yesterday\"\n"),
              HasSubstr("neither a time nor a span"));
}

TEST_F(ConfigTest, SecretsComeFromOnePlaceOnly) {
  const fs::path secret = directory_ / "token";
  std::ofstream(secret) << "from-file\n";
  setenv("GRUMBLE_X_BEARER_TOKEN_FILE", secret.c_str(), 1);
  EXPECT_EQ(load_config(file("")).sources.at("x").source.credential.reveal(),
            "from-file");
  setenv("GRUMBLE_X_BEARER_TOKEN", "direct", 1);
  EXPECT_THAT(error_of(""), HasSubstr("both set"));
  unsetenv("GRUMBLE_X_BEARER_TOKEN_FILE");
  EXPECT_EQ(load_config(file("")).sources.at("x").source.credential.reveal(),
            "direct");
}

TEST_F(ConfigTest, QueriesOfTheFileReplaceTheDefaults) {
  const Config config = load_config(file("[query.mine]\nx = \"sora\"\n"));
  EXPECT_EQ(config.sources.at("x").source.queries.size(), 1u);
  EXPECT_TRUE(config.sources.at("youtube").source.queries.empty());
}

TEST_F(ConfigTest, AQueryHasAWeight) {
  const Config config =
      load_config(file("[query.mine]\nx = \"sora\"\nweight = 2.5\n"));
  EXPECT_EQ(config.sources.at("x").weights.at("mine"), 2.5);
  EXPECT_THROW(load_config(file("[query.mine]\nx = \"sora\"\nweight = 0\n")),
               ConfigError);
}

TEST_F(ConfigTest, YoutubesTermsAreAskedForUntilSomethingIsSaid) {
  EXPECT_EQ(terms_notice(load_config(file(""))), "") << "it is not asked";
  setenv("GRUMBLE_YOUTUBE_API_KEY", "key", 1);
  const Config silent = load_config(file(""));
  EXPECT_THAT(terms_notice(silent), HasSubstr("derived-metrics-policy"));
  EXPECT_THAT(terms_notice(silent), HasSubstr("[source.youtube]"));
  EXPECT_TRUE(reads_texts_of(silent, "youtube"));
  const Config accepted =
      load_config(file("[source.youtube]\nfindings = true\n"));
  EXPECT_EQ(terms_notice(accepted), "");
  EXPECT_TRUE(reads_texts_of(accepted, "youtube"));
  const Config refused =
      load_config(file("[source.youtube]\nfindings = false\n"));
  EXPECT_EQ(terms_notice(refused), "");
  EXPECT_FALSE(reads_texts_of(refused, "youtube"));
  EXPECT_TRUE(reads_texts_of(refused, "x"));
  EXPECT_THAT(error_of("[source.youtube]\nfindings = \"maybe\"\n"),
              HasSubstr("not true or false"));
}

TEST_F(ConfigTest, MissingFileIsAnError) {
  EXPECT_THROW(load_config(directory_ / "none.toml"), ConfigError);
}

}  // namespace
}  // namespace grumble::app
