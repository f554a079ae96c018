#include "mydata/resources.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include "settings_reader.hpp"

namespace minben::mydata {

namespace {

Result<void> read_fields(SettingsReader& reader, std::vector<Field>& fields) {
  const Json* list = reader.member("fields");
  if (list == nullptr || !list->is_array() || list->get_array().empty() ||
      list->get_array().size() > 64)
    return reader.bad("fields", "a list of 1 to 64 fields");
  std::set<std::string> seen;
  for (const Json& item : list->get_array()) {
    if (!item.is_object()) return reader.bad("fields", "expected objects");
    SettingsReader one(item, "bad_mapping");
    Field field;
    MINBEN_CHECK(one.text("name", field.name, 64, true));
    MINBEN_CHECK(one.both("title", field.title));
    MINBEN_CHECK(one.no_others());
    if (!seen.insert(field.name).second)
      return reader.bad("fields", field.name + " is there twice");
    fields.push_back(std::move(field));
  }
  return {};
}

Result<void> read_assurance(SettingsReader& reader, identity::Assurance& into) {
  std::string text;
  MINBEN_CHECK(reader.text("assurance", text, 20, false));
  if (text.empty()) return {};
  const auto level = identity::parse_assurance(text);
  if (!level || *level == identity::Assurance::none)
    return reader.bad("assurance", "low, substantial or high");
  into = *level;
  return {};
}

Result<Resource> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(max_settings + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_resource(text);
}

}  // namespace

Result<Resource> parse_resource(std::string_view text) {
  MINBEN_TRY(json, parse_json(text, {.max_bytes = max_settings, .max_depth = 8}));
  if (!json.is_object()) return fail(Kind::invalid, "bad_mapping", "expected an object");
  SettingsReader reader(json, "bad_mapping");
  Resource out;
  MINBEN_CHECK(reader.text("resource", out.id, 64, true));
  if (!is_public_name(out.id)) return reader.bad("resource", "expected [A-Za-z0-9._-]{1,64}");
  MINBEN_CHECK(reader.both("title", out.title));
  MINBEN_CHECK(reader.text("category", out.category, 100, false));
  MINBEN_CHECK(reader.text("link", out.link, 500, false));
  MINBEN_CHECK(reader.agency("provider", out.provider));
  MINBEN_CHECK(reader.text("subsystem", out.subsystem, 64, true));
  MINBEN_CHECK(reader.text("service", out.service, 64, true));
  MINBEN_CHECK(reader.text("openapi", out.openapi, 200, true));
  if (out.openapi.find('/') != std::string::npos)
    return reader.bad("openapi", "the name of a file beside this one");
  MINBEN_CHECK(read_fields(reader, out.fields));
  MINBEN_CHECK(reader.texts("purposes", out.purposes, 1, 32));
  MINBEN_CHECK(read_assurance(reader, out.assurance));
  MINBEN_CHECK(reader.number("daily_quota", out.daily_quota, 1, 10'000'000));
  MINBEN_CHECK(reader.text("heartbeat", out.heartbeat, 64, false));
  MINBEN_CHECK(reader.flag("maintenance", out.maintenance));
  MINBEN_CHECK(reader.flag("ended", out.ended));
  MINBEN_CHECK(reader.no_others());
  return out;
}

std::expected<Catalogue, Errors> Catalogue::load(const std::filesystem::path& directory) {
  Catalogue out;
  Errors faults;
  const auto folder = directory / "resources";
  if (!std::filesystem::exists(folder)) return out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".openapi.json")) continue;
    auto resource = read_file(entry.path());
    if (!resource) {
      resource.error().detail =
          fmt::format("{}: {}", resource.error().field, resource.error().detail);
      resource.error().field = entry.path().string();
      faults.push_back(std::move(resource.error()));
    } else if (const std::string id = resource->id;
               !out.all_.emplace(id, std::move(*resource)).second) {
      faults.push_back(
          fail(Kind::invalid, "bad_mapping", id + " is there twice", entry.path().string())
              .error());
    }
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return out;
}

Catalogue Catalogue::of(std::vector<Resource> resources) {
  Catalogue out;
  for (Resource& resource : resources) {
    std::string id = resource.id;
    out.all_.insert_or_assign(std::move(id), std::move(resource));
  }
  return out;
}

const Resource* Catalogue::find(std::string_view id) const {
  const auto found = all_.find(id);
  return found == all_.end() ? nullptr : &found->second;
}

}  // namespace minben::mydata
