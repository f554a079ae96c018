#pragma once
// What a person can have handed on: the catalogue of resources. A register becomes a provider by
// its OpenAPI file and a mapping file beside it (docs/mydata.md), nothing else.
//
// Values; thread-safe.
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mydata/mydata.hpp"

namespace minben::mydata {

/// Purpose of heartbeats in access rules.
inline constexpr std::string_view heartbeat_purpose = "mydata.heartbeat";

/// One thing that can be asked for: some fields of one service of a register.
struct Resource {
  std::string id;  ///< "API.nia.residence": [A-Za-z0-9._-]{1,64}, as service providers write it
  Bilingual title;
  std::string category;  ///< `cate` of the public list; may be empty
  std::string link;      ///< where the provider explains it; may be empty
  AgencyCode provider;
  std::string subsystem;
  std::string service;
  std::vector<Field> fields;  ///< 1 to 64
  /// Classes of purposes that the provider hands it out for; 1 to 32.
  std::vector<std::string> purposes;
  identity::Assurance assurance = identity::Assurance::substantial;  ///< of whoever agrees
  int daily_quota = 10'000;  ///< for all together, by Taiwan's calendar day; 1 to 10,000,000
  /// Service of the same subsystem that says whether the register works, about nobody; "" = none:
  /// then only answers to real questions tell.
  std::string heartbeat{};
  bool maintenance = false;  ///< said by the provider: nothing is asked meanwhile
  bool ended = false;        ///< no longer offered; service providers are told so
  std::string openapi;       ///< file beside the mapping
};

/// JSON, at most 64 KiB. Errors: "not_json"; "bad_mapping" with the member as field.
Result<Resource> parse_resource(std::string_view text);

/// By id.
class Catalogue {
 public:
  Catalogue() = default;
  /// All *.json of the folder `resources` in `directory`; a missing one is an empty catalogue.
  /// Every fault is listed, with its file.
  static std::expected<Catalogue, Errors> load(const std::filesystem::path& directory);
  static Catalogue of(std::vector<Resource> resources);
  [[nodiscard]] const Resource* find(std::string_view id) const;
  [[nodiscard]] const std::map<std::string, Resource, std::less<>>& all() const { return all_; }

 private:
  std::map<std::string, Resource, std::less<>> all_;
};

}  // namespace minben::mydata
