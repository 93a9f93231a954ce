#include "analyzer/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/normalize.h"

namespace grumble::analyzer {
namespace {

std::optional<Fingerprints> of(std::string_view text) {
  static const Normalizer normalizer;
  return fingerprints(normalizer.fold(text), "x");
}

size_t shared(const Fingerprints& a, const Fingerprints& b) {
  return static_cast<size_t>(
      std::count_if(a.begin(), a.end(), [&](int64_t value) {
        return std::find(b.begin(), b.end(), value) != b.end();
      }));
}

constexpr std::string_view kPitch =
    "Stop paying full price for video credits, my bot runs every model "
    "without a queue and you only pay for what you keep";
constexpr std::string_view kPitchZh =
    "不用排队不用翻墙,全网最低价代充会员,支持各家视频模型,下单后五分钟到账";

TEST(Fingerprint, SeesThroughHandlesLinksNumbersSignsAndCase) {
  const auto plain = of(kPitch);
  ASSERT_TRUE(plain);
  for (const std::string& dressed : std::vector<std::string>{
           "@reel_maker @b12 " + std::string(kPitch) + " #aivideo" +
               " https://t.co/Ab3dE?x=1",
           "🔥🔥 " + std::string(kPitch) + "!!! 50 left",
           "STOP paying full price, for VIDEO credits: my bot runs every model "
           "without a queue - and you only pay for what you keep :)"}) {
    EXPECT_EQ(of(dressed), plain) << dressed;
  }
  EXPECT_EQ(of("@某人 " + std::string(kPitchZh) + "!! 23 www.a.cn/x"),
            of(kPitchZh));
}

TEST(Fingerprint, SmallEditsKeepAValue) {
  const auto plain = of(kPitch);
  for (const std::string& edited : std::vector<std::string>{
           "Hey, " + std::string(kPitch), std::string(kPitch) + ", promise",
           "Stop paying full price for clip credits, my bot runs every model "
           "without a queue and you only pay for what you keep"}) {
    ASSERT_TRUE(of(edited));
    EXPECT_GT(shared(*of(edited), *plain), 0u) << edited;
  }
  EXPECT_GT(shared(*of(std::string(kPitchZh) + "哦"), *of(kPitchZh)), 0u);
}

TEST(Fingerprint, OtherTextsShareNothing) {
  const std::vector<std::string> texts = {
      std::string(kPitch), std::string(kPitchZh),
      "My credits ran out after three clips and every one of them had a hand "
      "with six fingers in it",
      "Waited in the queue for an hour and the clip came out black, not paying "
      "full price for this again",
      "排队排了一个小时,出来的视频还是糊的,会员白充了,以后再也不买了"};
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      if (&a == &b) continue;
      EXPECT_EQ(shared(*of(a), *of(b)), 0u) << a << "\n" << b;
    }
  }
}

/// A text, what was made of it by those who pass it on, and another one on the
/// same matter.
struct Passed {
  const char* text;
  const char* copy;
  const char* other;
};

TEST(Fingerprint, TellsCopiesInFiveLanguages) {
  const Passed all[] = {
      {"Every clip I made this week came back with melted faces and the queue "
       "took two hours, so I asked for a refund and never heard back",
       "@someone Every clip I made this week came back with melted faces and "
       "the queue took 2 hours so I asked for a refund and never heard back!!!",
       "This week I asked for a refund because the queue took two hours, and "
       "the faces melted anyway"},
      {"这周生成的视频人脸全部融化,排队还要两个小时,申请退款也没有人理我",
       "这周生成的视频人脸全部融化,排队还要两个小时,申请退款也没有人理我😡 "
       "#吐槽",
       "排了两个小时的队,出来的脸都是糊的,我要退款"},
      {"今週作った動画は全部顔が溶けていて、待ち時間も二時間、返金を頼んでも返"
       "事"
       "がない",
       "【拡散】今週作った動画は全部顔が溶けていて、待ち時間も二時間、返金を頼"
       "んで"
       "も返事がない https://a.b/c",
       "返金を頼んだのに返事が来ないし、動画の顔はいつも溶けている"},
      {"이번 주에 만든 영상은 전부 얼굴이 녹아내렸고 대기 시간도 두 시간이나 "
       "걸렸는데 환불 요청은 답이 없네요",
       "이번 주에 만든 영상은 전부 얼굴이 녹아내렸고 대기 시간도 두 시간이나 "
       "걸렸는데 환불 요청은 답이 없네요 ㅠㅠ",
       "환불해 달라고 했는데 아직도 답이 없고 얼굴은 계속 녹아요"},
      {"Todos los videos de esta semana salieron con la cara derretida, la "
       "cola tardó dos horas y nadie responde por el reembolso que pedí",
       "RT: Todos los vídeos de esta semana salieron con la cara derretida; la "
       "cola tardó 2 horas y nadie responde por el reembolso que pedí",
       "Pedí un reembolso porque la cola tardó dos horas y los videos salieron "
       "mal esta semana"}};
  for (const auto& [text, copy, other] : all) {
    ASSERT_TRUE(of(text)) << text;
    ASSERT_TRUE(of(copy)) << copy;
    ASSERT_TRUE(of(other)) << other;
    EXPECT_GT(shared(*of(text), *of(copy)), 0U) << text;
    EXPECT_EQ(shared(*of(text), *of(other)), 0U) << text;
  }
}

TEST(Fingerprint, TextsOfTwoSitesShareNothing) {
  const std::string folded = Normalizer().fold(kPitch);
  EXPECT_EQ(shared(*fingerprints(folded, "x"), *fingerprints(folded, "yt")),
            0U);
}

TEST(Fingerprint, ShortTextsHaveNone) {
  EXPECT_FALSE(of(""));
  EXPECT_FALSE(of("me too, same here"));
  EXPECT_FALSE(of("太贵了吧"));
  EXPECT_FALSE(of("this is the best thing I have seen all day"));
  EXPECT_FALSE(of("no no no no no no no no no no no no"));
  EXPECT_FALSE(of("@a @b @c 1 2 3 4 5 6 7 8 9 🔥🔥🔥🔥🔥 https://a.b/c/d/e"));
}

TEST(Fingerprint, TakesAnyBytes) {
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t n = random() % 80; n > 0; --n) {
      text += static_cast<char>(random() % 256);
    }
    EXPECT_EQ(fingerprints(text, "x"), fingerprints(text, "x"));
  }
}

/// Words of a text for a yardstick of its own: sets, no hashes.
std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> words;
  std::string word;
  for (size_t at = 0; at <= text.size();) {
    char32_t c = 0;
    const size_t size = at < text.size() ? decode_utf8(text, at, c) : 0;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 0xC0 && c < 0x2000);
    if (letter) word += text.substr(at, size);
    if (!letter && !word.empty()) words.insert(std::exchange(word, {}));
    if (c >= 0x3041 && c < 0x10000) words.insert(text.substr(at, size));
    at += std::max<size_t>(size, 1);
  }
  return words;
}

double likeness(const std::string& a, const std::string& b) {
  const auto x = words_of(a);
  const auto y = words_of(b);
  std::vector<std::string> both;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(),
                        std::back_inserter(both));
  return static_cast<double>(both.size()) /
         static_cast<double>(
             std::max<size_t>(1, x.size() + y.size() - both.size()));
}

TEST(Fingerprint, HardlyEverJoinsWhatPeopleWroteApart) {
  std::ifstream in("../shared/data/general-sample.jsonl");
  if (!in) GTEST_SKIP() << "../shared/data is absent";
  const Normalizer normalizer;
  std::unordered_map<int64_t, std::string> firsts;
  size_t posts = 0;
  size_t joined = 0;
  size_t wrong = 0;
  for (std::string line; std::getline(in, line); ++posts) {
    const size_t begin = line.find("\"text\":") + 7;
    const size_t end = line.rfind("\"lang\":");
    const std::string text = normalizer.fold(line.substr(begin, end - begin));
    const auto values = fingerprints(text, "x");
    if (!values) continue;
    double best = -1;
    for (const int64_t value : *values) {
      const auto [first, fresh] = firsts.emplace(value, text);
      if (!fresh) best = std::max(best, likeness(first->second, text));
    }
    joined += best >= 0;
    wrong += best >= 0 && best < 0.4;
  }
  std::cout << posts << " posts, " << joined << " joined to an earlier one, "
            << wrong << " of them with less than 0.4 of their words shared\n";
  EXPECT_LE(static_cast<double>(wrong), 0.0005 * static_cast<double>(posts));
}

}  // namespace
}  // namespace grumble::analyzer
