#include "past_packages.hpp"

#include <array>

#include "../files.hpp"

namespace minben::app::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view gold_card = "gold-card";

struct Difference {
  std::string_view file, today, before;
};
constexpr std::array differences{
    Difference{"service.toml", "version = \"2026.1\"", "version = \"2025.2\""},
    Difference{"process.bpmn",
               R"( minben:nameEn="Ever employed in the PRC?" default="f_no_joint">)",
               R"( minben:nameEn="Ever employed in the PRC?">)"},
    Difference{"process.bpmn", "prc_employment = true<",
               "prc_employment = true and situation = \"overseas\"<"},
    Difference{"process.bpmn", R"(sourceRef="gw_background" targetRef="final_review" />)",
               R"(sourceRef="gw_background" targetRef="final_review">)"
               R"(<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">)"
               R"(prc_employment = false</bpmn:conditionExpression></bpmn:sequenceFlow>)"},
};

Result<void> copy_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error) return fail(Kind::internal, "cannot_copy", error.message(), to.string());
  return {};
}

}  // namespace

Result<casework::PackageFiles> former_gold_card(casework::PackageFiles files) {
  for (const auto& [file, today, before] : differences) {
    const auto found = files.find(std::string(file));
    const auto at = found == files.end() ? std::string::npos : found->second.find(today);
    if (at == std::string::npos)
      return fail(Kind::not_found, "not_as_expected", today, std::string(file));
    found->second.replace(at, today.size(), before);
  }
  return files;
}

Result<PastPackages> PastPackages::lay_out(const fs::path& today, fs::path folder) {
  PastPackages past(today, std::move(folder));
  past.remove();
  MINBEN_CHECK(copy_folder(today, past.folder_));
  MINBEN_TRY(files, casework::read_package_files(today / gold_card));
  MINBEN_TRY(former, former_gold_card(std::move(files)));
  for (const auto& [name, content] : former)
    MINBEN_CHECK(write_file(past.folder_ / gold_card / name, content));
  return past;
}

Result<void> PastPackages::catch_up() const {
  return copy_folder(today_ / gold_card, folder_ / gold_card);
}

void PastPackages::remove() const {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace minben::app::demo
