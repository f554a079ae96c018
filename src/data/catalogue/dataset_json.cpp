// Datasets as JSON: each member is named once, for writing and for reading.
#include <array>
#include <set>
#include <type_traits>

#include <fmt/format.h>

#include "dataset.hpp"

namespace minben::catalogue {

namespace {

template <class E>
using Names = std::span<const std::pair<E, std::string_view>>;

constexpr std::array<std::pair<Frequency::Kind, std::string_view>, 5> frequency_kinds{
    {{Frequency::Kind::unknown, "unknown"},
     {Frequency::Kind::regular, "regular"},
     {Frequency::Kind::irregular, "irregular"},
     {Frequency::Kind::once, "once"},
     {Frequency::Kind::continuous, "continuous"}}};
constexpr std::array<std::pair<Frequency::Unit, std::string_view>, 6> frequency_units{
    {{Frequency::Unit::minute, "minute"},
     {Frequency::Unit::hour, "hour"},
     {Frequency::Unit::day, "day"},
     {Frequency::Unit::week, "week"},
     {Frequency::Unit::month, "month"},
     {Frequency::Unit::year, "year"}}};
constexpr std::array<std::pair<AccessRights, std::string_view>, 3> access_rights{
    {{AccessRights::open, "open"},
     {AccessRights::restricted, "restricted"},
     {AccessRights::closed, "closed"}}};

Names<Frequency::Kind> names_of(Frequency::Kind) { return frequency_kinds; }
Names<Frequency::Unit> names_of(Frequency::Unit) { return frequency_units; }
Names<AccessRights> names_of(AccessRights) { return access_rights; }

// The members, for both directions. `A` is Writing or Reading.
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Text>
{
  a("zh_hant", value.zh_hant);
  a("en", value.en);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Frequency>
{
  a("kind", value.kind);
  if (value.kind != Frequency::Kind::regular) return;
  a("unit", value.unit);
  a("every", value.every);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, ContactPoint>
{
  a("name", value.name);
  a("phone", value.phone);
  a("email", value.email);
  a("url", value.url);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Period>
{
  a("from", value.from);
  a("to", value.to);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, FieldDescription>
{
  a("name", value.name);
  a("description", value.description);
  a("type", value.type);
  a("unit", value.unit);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Checksum>
{
  a("algorithm", value.algorithm);
  a("hex", value.hex);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Origin>
{
  a("source", value.source);
  a("identifier", value.identifier);
  a("url", value.url);
  a("fetched_at", value.fetched_at);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Kept>
{
  a("rdf", value.rdf);
  a("ckan", value.ckan);
  a("national", value.national);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Distribution>
{
  a("id", value.id);
  a("national_id", value.national_id);
  a("title", value.title);
  a("description", value.description);
  a("fields", value.fields);
  a("format", value.format);
  a("media_type", value.media_type);
  a("character_encoding", value.character_encoding);
  a("access_url", value.access_url);
  a("download_url", value.download_url);
  a("api_description_url", value.api_description_url);
  a("byte_size", value.byte_size);
  a("checksum", value.checksum);
  a("rows", value.rows);
  a("issued", value.issued);
  a("modified", value.modified);
  a("licence", value.licence);
  a("notes", value.notes);
}
template <class A, class T>
void classification(A& a, T& value) {
  a("keywords", value.keywords);
  a("keywords_en", value.keywords_en);
  a("service_category", value.service_category);
  a("kind", value.kind);
  a("themes", value.themes);
  a("high_value_themes", value.high_value_themes);
  a("hvd_categories", value.hvd_categories);
  a("legislation", value.legislation);
}
template <class A, class T>
void conditions(A& a, T& value) {
  a("licence", value.licence);
  a("cost", value.cost);
  a("cost_url", value.cost_url);
  a("cost_law", value.cost_law);
  a("access_rights", value.access_rights);
  a("rights", value.rights);
}
template <class A, class T>
void members(A& a, T& value)
  requires std::same_as<std::remove_const_t<T>, Dataset>
{
  a("id", value.id);
  a("name", value.name);
  a("national_id", value.national_id);
  a("title", value.title);
  a("description", value.description);
  a("publisher", value.publisher);
  a("contact", value.contact);
  classification(a, value);
  conditions(a, value);
  a("frequency", value.frequency);
  a("temporal", value.temporal);
  a("spatial", value.spatial);
  a("languages", value.languages);
  a("landing_page", value.landing_page);
  a("related_urls", value.related_urls);
  a("conforms_to", value.conforms_to);
  a("provenance", value.provenance);
  a("notes", value.notes);
  a("series", value.series);
  a("version", value.version);
  a("issued", value.issued);
  a("modified", value.modified);
  a("distributions", value.distributions);
  a("origin", value.origin);
  a("kept", value.kept);
}

template <class T>
inline constexpr bool is_record =
    std::same_as<T, Text> || std::same_as<T, Frequency> || std::same_as<T, ContactPoint> ||
    std::same_as<T, Period> || std::same_as<T, FieldDescription> || std::same_as<T, Checksum> ||
    std::same_as<T, Origin> || std::same_as<T, Kept> || std::same_as<T, Distribution> ||
    std::same_as<T, Dataset>;

class Writing {
 public:
  template <class T>
  void operator()(std::string_view name, const T& value) {
    Json written = write(value);
    if (!is_empty(written)) out[name] = std::move(written);
  }
  JsonObject out;

 private:
  static bool is_empty(const Json& json) {
    if (json.is_null()) return true;
    if (const auto* text = json.if_string()) return text->empty();
    if (const auto* array = json.if_array()) return array->empty();
    if (const auto* object = json.if_object()) return object->empty();
    return false;
  }
  static Json write(const std::string& value) { return Json(value); }
  static Json write(int value) { return value; }
  static Json write(std::int64_t value) { return value; }
  static Json write(Instant value) { return Json(to_string(value)); }
  static Json write(Date value) { return Json(to_string(value)); }
  static Json write(const JsonObject& value) { return value; }
  static Json write(const PublisherCode& value) { return Json(value.value); }
  template <class Tag>
  static Json write(const Id<Tag>& value) {
    return value.is_nil() ? Json(nullptr) : Json(minben::to_string(value));
  }
  template <class T>
  static Json write(const std::optional<T>& value) {
    return value ? write(*value) : Json(nullptr);
  }
  template <class T>
  static Json write(const std::vector<T>& values) {
    JsonArray array;
    array.reserve(values.size());
    for (const T& value : values) array.push_back(write(value));
    return array;
  }
  template <class E>
    requires std::is_enum_v<E>
  static Json write(E value) {
    for (const auto& [known, name] : names_of(value))
      if (known == value) return Json(name);
    MINBEN_ASSERT(false);
  }
  template <class T>
    requires is_record<T>
  static Json write(const T& value) {
    Writing inner;
    members(inner, value);
    return std::move(inner.out);
  }
};

/// Where in the document: its pointer is written when something is wrong only.
struct Place {
  const Place* above = nullptr;
  std::string_view name{};
  std::size_t index = 0;  ///< without a name
  [[nodiscard]] std::string pointer() const {
    if (above == nullptr) return {};
    return name.empty() ? fmt::format("{}/{}", above->pointer(), index)
                        : fmt::format("{}/{}", above->pointer(), name);
  }
};

class Reading {
 public:
  Reading(const Json& json, const Place& place, std::optional<Error>& fault)
      : place_(place), fault_(fault) {
    object_ = json.if_object();
    if (!object_) complain(place_, "expected an object");
  }
  template <class T>
  void operator()(std::string_view name, T& value) {
    if (!object_ || fault_) return;
    const Json* found = object_->if_contains(name);
    if (!found) return;
    ++taken_;
    read(*found, Place{&place_, name}, value);
  }
  /// Members that nobody asked for are faults.
  void finish() {
    if (object_ && !fault_ && taken_ != object_->size())
      complain(place_, "it has members that a dataset does not have");
  }

 private:
  void complain(const Place& where, std::string_view what) {
    if (fault_) return;
    fault_ = Error{Kind::invalid, "not_a_dataset", std::string(what), where.pointer(), 0, 0};
  }
  void read(const Json& json, const Place& at, std::string& value) {
    if (const auto* text = json.if_string()) value.assign(text->data(), text->size());
    else complain(at, "expected text");
  }
  void read(const Json& json, const Place& at, int& value) {
    if (const auto* number = json.if_int64(); number && *number >= 0 && *number <= 1'000'000)
      value = static_cast<int>(*number);
    else complain(at, "expected a whole number from 0 to 1000000");
  }
  void read(const Json& json, const Place& at, std::int64_t& value) {
    if (const auto* number = json.if_int64()) value = *number;
    else complain(at, "expected a whole number");
  }
  void read(const Json& json, const Place& at, JsonObject& value) {
    if (const auto* object = json.if_object()) value = *object;
    else complain(at, "expected an object");
  }
  template <class T, class Parse>
  void parse(const Json& json, const Place& at, T& value, Parse&& parsed_by) {
    std::string text;
    read(json, at, text);
    if (fault_) return;
    if (auto parsed = parsed_by(text)) value = *parsed;
    else complain(at, parsed.error().detail);
  }
  void read(const Json& json, const Place& at, Instant& value) {
    parse(json, at, value, parse_instant);
  }
  void read(const Json& json, const Place& at, Date& value) { parse(json, at, value, parse_date); }
  void read(const Json& json, const Place& at, PublisherCode& value) {
    parse(json, at, value, PublisherCode::parse);
  }
  template <class Tag>
  void read(const Json& json, const Place& at, Id<Tag>& value) {
    parse(json, at, value, Id<Tag>::parse);
  }
  template <class T>
  void read(const Json& json, const Place& at, std::optional<T>& value) {
    T inner{};
    read(json, at, inner);
    value = std::move(inner);
  }
  template <class T>
  void read(const Json& json, const Place& at, std::vector<T>& values) {
    const auto* array = json.if_array();
    if (!array) return complain(at, "expected an array");
    values.clear();
    values.resize(array->size());
    for (std::size_t i = 0; i < array->size() && !fault_; ++i)
      read((*array)[i], Place{&at, {}, i}, values[i]);
  }
  template <class E>
    requires std::is_enum_v<E>
  void read(const Json& json, const Place& at, E& value) {
    std::string text;
    read(json, at, text);
    for (const auto& [known, name] : names_of(value)) {
      if (name != text) continue;
      value = known;
      return;
    }
    complain(at, fmt::format("unknown: {}", text));
  }
  template <class T>
    requires is_record<T>
  void read(const Json& json, const Place& at, T& value) {
    Reading inner(json, at, fault_);
    members(inner, value);
    inner.finish();
  }

  const JsonObject* object_ = nullptr;
  const Place& place_;
  std::optional<Error>& fault_;
  std::size_t taken_ = 0;
};

}  // namespace

Json to_json(const Dataset& dataset) {
  Writing writing;
  members(writing, dataset);
  return std::move(writing.out);
}

Result<Dataset> dataset_from_json(const Json& json) {
  Dataset dataset;
  std::optional<Error> fault;
  const Place whole;
  Reading reading(json, whole, fault);
  dataset.kind.clear();
  members(reading, dataset);
  reading.finish();
  if (fault) return fail(std::move(*fault));
  return dataset;
}

}  // namespace minben::catalogue
