#pragma once
// Private: one call of CKAN's Action API: what it was given, what it may do, what it answers.
#include <array>
#include <span>

#include "interchange/ckan.hpp"
#include "parts.hpp"

namespace minben::interop {

/// What a call was given: members of a JSON body, fields of a form, or parameters of the address,
/// where everything is text.
class Given {
 public:
  explicit Given(JsonObject values) : values_(std::move(values)) {}
  static Result<Given> read(const net::Request& request, bool by_address);

  [[nodiscard]] bool has(std::string_view name) const;
  /// "" when it is not given.
  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  /// CKAN's "Missing value".
  [[nodiscard]] Result<std::string> required(std::string_view name) const;
  /// "Invalid integer", "Must be a natural number".
  [[nodiscard]] Result<std::int64_t> natural(std::string_view name, std::int64_t otherwise) const;
  [[nodiscard]] Result<bool> boolean(std::string_view name, bool otherwise) const;
  /// A list, a JSON list in a text, or one value.
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view name) const;
  /// As it came; a text that is JSON counts as what it says.
  [[nodiscard]] Json json(std::string_view name) const;
  [[nodiscard]] const JsonObject& all() const { return values_; }

 private:
  JsonObject values_;
};

struct Call {
  const Parts& parts;
  const Given& given;
  const net::Request& request;
};

struct Action {
  std::string_view name;
  bool reads_only = true;  ///< may be called by GET
  std::string_view help;
  Result<Json> (*run)(const Call&) = nullptr;
  /// Instead of `run`: its result as JSON text, where that is large.
  Result<std::string> (*run_text)(const Call&) = nullptr;
};
std::span<const Action> search_actions();
std::span<const Action> list_actions();
std::span<const Action> site_actions();
std::span<const Action> write_actions();
std::span<const Action> datastore_actions();
std::span<const Action> resource_actions();
std::span<const Action> activity_actions();
std::span<const Action> people_actions();
std::array<std::span<const Action>, 8> all_actions();
/// Of all those lists; nullptr when nobody knows it.
const Action* find_action(std::string_view name);

/// Lists as CKAN takes them: a JSON list, or names with commas.
Result<std::vector<std::string>> names_in(const Given& given, std::string_view name);
/// An object's text with one more member, whose value is JSON text already.
std::string with_member(const JsonObject& object, std::string_view name, std::string_view value);

/// CKAN's words for what is wrong with a value.
std::unexpected<Error> invalid_value(std::string_view name, std::string_view words);
/// {"success": false, "error": …} with CKAN's __type, and its status.
net::Response failed(const Parts& parts, std::string_view action, const Error& error);

/// Packages of entries, in their order.
/// In a list, members that CKAN has no place for are left out: who wants them asks for the package,
/// or for DCAT.
enum class Told { whole, in_a_list };
JsonArray packages_of(const Parts& parts, std::span<const catalogue::Entry> entries, Told told);
/// Those that are published, as JSON text as they are told in a list: on several threads when there
/// are many.
Result<void> append_packages(std::string& out, const Parts& parts,
                             std::span<const catalogue::DatasetId> ids);
interchange::CkanFacts facts_of(const catalogue::Entry& entry, Told told);

/// Datasets of 服務分類 are CKAN's groups: "I00" → "i00".
std::string group_name(std::string_view category);
std::string category_of(std::string_view group);

}  // namespace minben::interop
