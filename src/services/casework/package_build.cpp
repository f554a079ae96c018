#include <algorithm>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

/// Names and contents with their lengths, so that no two sets of files share a digest.
std::string digest_of(const PackageFiles& files) {
  Sha256Stream stream;
  for (const auto& [name, content] : files) {
    stream.add(as_bytes(fmt::format("{}:{}:{}:", name.size(), name, content.size())));
    stream.add(as_bytes(content));
  }
  return hex_encode(stream.finish());
}

void sort_faults(Errors& errors) {
  std::ranges::sort(errors, [](const Error& a, const Error& b) {
    return std::tie(a.field, a.line, a.code, a.detail) <
           std::tie(b.field, b.line, b.code, b.detail);
  });
  const auto repeated = std::ranges::unique(errors);
  errors.erase(repeated.begin(), repeated.end());
}

}  // namespace

const Step* Package::step(std::string_view id) const {
  const auto found = std::ranges::find(steps, id, &Step::id);
  return found == steps.end() ? nullptr : &*found;
}

const DataItem* Package::item(std::string_view name) const {
  const auto found = std::ranges::find(items, name, &DataItem::name);
  return found == items.end() ? nullptr : &*found;
}

const RefusalGround* Package::ground(std::string_view ground_code) const {
  const auto found = std::ranges::find(grounds, ground_code, &RefusalGround::code);
  return found == grounds.end() ? nullptr : &*found;
}

std::string_view Package::text(std::string_view key, Language language) const {
  const auto found = texts.find(std::string(key));
  return found == texts.end() ? key : std::string_view(found->second.in(language));
}

std::expected<PackagePtr, Errors> build_package(const ServiceCode& code, const PackageFiles& files,
                                                const KnownAgencies& agencies) {
  Building building(files, agencies);
  building.package.code = code;
  building.package.digest = digest_of(files);
  read_manifest(building);
  read_data(building);
  read_texts(building);
  read_rules(building);
  read_forms(building);
  read_process(building);
  read_documents(building);
  check_together(building);
  check_process(building);
  check_rules(building);
  check_rule_cases(building);
  check_examples(building);
  if (!building.errors.empty()) {
    sort_faults(building.errors);
    return std::unexpected(std::move(building.errors));
  }
  building.compiled.files = files;
  building.compiled.eligibility = building.eligibility.name;
  building.compiled.routing = building.routing.name;
  building.compiled.fee = building.fee.name;
  building.compiled.grounds = building.grounds.name;
  building.package.compiled =
      std::make_shared<const Package::Compiled>(std::move(building.compiled));
  return std::make_shared<const Package>(std::move(building.package));
}

Errors check_package(const std::filesystem::path& directory, const KnownAgencies& agencies) {
  auto path = directory.lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  const auto code = ServiceCode::parse(path.filename().string());
  if (!code) return {Error{code.error()}};
  const auto files = read_package_files(directory);
  if (!files) return {files.error()};
  auto built = build_package(*code, *files, agencies);
  return built ? Errors{} : std::move(built.error());
}

}  // namespace minben::casework
