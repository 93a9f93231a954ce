#include "analyzer/language.h"

#include <gtest/gtest.h>

namespace grumble::analyzer {
namespace {

TEST(Language, IsToldByScriptAndCommonWords) {
  EXPECT_EQ(detect_language("the hands are wrong"), "en");
  EXPECT_EQ(detect_language("可灵的水印太丑了"), "zh");
  EXPECT_EQ(detect_language("soraの手がおかしい"), "ja");
  EXPECT_EQ(detect_language("소라 너무 비싸"), "ko");
  EXPECT_EQ(detect_language("es muy caro para lo que hace"), "es");
  EXPECT_EQ(detect_language("veo no me mantiene el mismo personaje"), "es");
  EXPECT_EQ(detect_language("no watermark, no audio, no fun"), "en");
  EXPECT_EQ(detect_language("!!! 123"), "und");
  EXPECT_EQ(detect_language(""), "und");
}

}  // namespace
}  // namespace grumble::analyzer
