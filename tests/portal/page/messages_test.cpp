// The build step that turns messages/*.toml into functions: what it accepts, and that it stops the
// build with file and line otherwise.
#include <array>
#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

#include "messages/common.hpp"

namespace minben {
namespace {

struct Run {
  int status = 0;
  std::string said;
};

Run generate(std::string_view toml) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("minben-messages-" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory);
  const auto file = directory / "sample.toml";
  std::ofstream(file) << toml;
  const std::string command =
      std::string(MESSAGES_TOOL) + " " + file.string() + " " + directory.string() + " 2>&1";
  Run run;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) run.said += piece.data();
  run.status = ::pclose(pipe);
  std::filesystem::remove_all(directory);
  return run;
}

TEST(Messages, FormatPlaceholdersInBothLanguages) {
  EXPECT_EQ(msg::characters_at_most(Language::en, 1), "At most 1 character");
  EXPECT_EQ(msg::characters_at_most(Language::en, 4000), "At most 4,000 characters");
  EXPECT_EQ(msg::characters_at_most(Language::zh_hant, 4000), "最多4,000字");
}

TEST(Messages, FindByCode) {
  EXPECT_EQ(msg::find_in_common(Language::en, "sign_in"), "Sign in");
  EXPECT_EQ(msg::find_in_common(Language::en, "no_such_key"), std::nullopt);
  EXPECT_EQ(msg::find_in_common(Language::en, "file_kept"), std::nullopt)
      << "it needs a placeholder";
}

TEST(Messages, AcceptSoundFiles) {
  const auto run = generate("[due]\nzh-Hant = \"{due:date}前\"\nen = \"by {due:date} {{sic}}\"\n");
  EXPECT_EQ(run.status, 0) << run.said;
}

struct Bad {
  std::string_view toml;
  std::string_view said;
};

class BadMessages : public testing::TestWithParam<Bad> {};

TEST_P(BadMessages, StopTheBuildWithFileAndLine) {
  const auto run = generate(GetParam().toml);
  EXPECT_NE(run.status, 0);
  EXPECT_NE(run.said.find(GetParam().said), std::string::npos) << run.said;
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadMessages,
    testing::Values(
        Bad{"[a]\nzh-Hant = \"甲\"\n", "sample.toml:1: error: 'a' has no en"},
        Bad{"[a]\nzh-Hant = \"甲\"\nen = \"\"\n", "sample.toml:3: error: 'a' is empty"},
        Bad{"\n\n[a]\nzh-Hant = \"甲\"\nen = \"{n:int}\"\n",
            "sample.toml:3: error: 'a': zh-Hant and en differ"},
        Bad{"[a]\nzh-Hant = \"{n}\"\nen = \"{n:int}\"\n",
            "sample.toml:2: error: 'a': {n} needs a type"},
        Bad{"[a]\nzh-Hant = \"{n:money}\"\nen = \"{n:int}\"\n", "sample.toml:2: error:"},
        Bad{"[a]\nzh-Hant = \"{n:int\"\nen = \"{n:int}\"\n",
            "sample.toml:2: error: 'a': '{' without '}'"},
        Bad{"[delete]\nzh-Hant = \"甲\"\nen = \"a\"\n",
            "sample.toml:1: error: 'delete' is no name"},
        Bad{"[a]\nzh-Hant = \"甲\"\nen = \"a\"\nfr = \"a\"\n", "'fr', which is no language"},
        Bad{"[a]\nzh-Hant = \"甲\"\nen = { one = \"a\", other = \"b\" }\n",
            "one/other needs exactly one int"},
        Bad{"[a\n", "sample.toml:1: error:"}));

}  // namespace
}  // namespace minben
