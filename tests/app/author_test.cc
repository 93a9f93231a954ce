#include "app/render/author.h"

#include <gtest/gtest.h>

namespace grumble::app {
namespace {

store::EvidencePost by(const std::string& id, const std::string& handle) {
  store::EvidencePost entry;
  entry.post.author_id = id;
  entry.handle = handle;
  return entry;
}

TEST(Author, IsAHandleOrTheBeginningOfAPseudonym) {
  const std::string pseudonym = "5ngawb9dKBLPZxf8DICQwg";
  EXPECT_EQ(author_label(by("44196397", "ann")), "@ann");
  EXPECT_EQ(author_label(by(pseudonym, "")), "author 5ngawb");
  EXPECT_EQ(author_label(by("44196397", "")), "author 44196397");
  EXPECT_EQ(author_label(by("", "")), "");
  EXPECT_EQ(author_field(by("44196397", "ann")), "ann");
  EXPECT_EQ(author_field(by(pseudonym, "")), pseudonym);
}

}  // namespace
}  // namespace grumble::app
