// What datasets must be, when they are due, and how two of them differ.
#include "dataset.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "vocabulary.hpp"

namespace minben::catalogue {

const std::string& Text::in(Language language) const {
  const std::string& wanted = language == Language::zh_hant ? zh_hant : en;
  const std::string& other = language == Language::zh_hant ? en : zh_hant;
  return wanted.empty() ? other : wanted;
}

namespace {

constexpr std::size_t max_title = 255;       // characters, as Taiwan's portals have it
constexpr std::size_t max_text = 64u << 10;  // bytes
constexpr std::size_t max_short = 2000;      // bytes; addresses too
constexpr std::size_t max_kept = 1u << 20;   // bytes
constexpr std::size_t max_distributions = 1000;
constexpr std::size_t max_listed = 200;
constexpr std::size_t max_fields = 2000;

class Checking {
 public:
  Errors faults;

  void fault(std::string_view code, std::string pointer, std::string detail) {
    if (faults.size() < 100)
      faults.push_back(
          {Kind::invalid, std::string(code), std::move(detail), std::move(pointer), 0, 0});
  }
  void text(const std::string& value, std::size_t most, const std::string& pointer) {
    if (value.size() > most) fault("too_long", pointer, fmt::format("at most {} bytes", most));
    else if (!is_utf8(value)) fault("not_utf8", pointer, "it is not UTF-8");
    else if (std::ranges::any_of(value, [](unsigned char c) {
               return c < 0x20 && c != '\n' && c != '\t' && c != '\r';
             }))
      fault("control_characters", pointer, "it has control characters");
  }
  void text(const Text& value, std::size_t most, const std::string& pointer) {
    text(value.zh_hant, most, pointer + "/zh_hant");
    text(value.en, most, pointer + "/en");
  }
  void title(const Text& value, const std::string& pointer) {
    text(value, max_short, pointer);
    for (const auto& [each, name] :
         {std::pair{&value.zh_hant, "/zh_hant"}, std::pair{&value.en, "/en"}})
      if (length_in_characters(*each) > max_title)
        fault("too_long", pointer + name, fmt::format("at most {} characters", max_title));
  }
  void address(const std::string& value, const std::string& pointer) {
    text(value, max_short, pointer);
    if (value.empty()) return;
    const std::string lower = to_lower_ascii(value.substr(0, 8));
    if (!lower.starts_with("http://") && !lower.starts_with("https://") &&
        !lower.starts_with("ftp://"))
      fault("not_an_address", pointer, "an address begins with http://, https:// or ftp://");
  }
  void list(const std::vector<std::string>& values, std::size_t most, const std::string& pointer) {
    if (values.size() > most) fault("too_many", pointer, fmt::format("at most {}", most));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string at = fmt::format("{}/{}", pointer, i);
      text(values[i], max_short, at);
      if (trim(values[i]).empty()) fault("missing", at, "it is empty");
    }
  }
  void addresses(const std::vector<std::string>& values, const std::string& pointer) {
    list(values, max_listed, pointer);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!values[i].empty()) address(values[i], fmt::format("{}/{}", pointer, i));
  }
  void codes(const std::vector<std::string>& values, std::span<const vocabulary::Term> known,
             const std::string& pointer) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!vocabulary::find(known, values[i]))
        fault("unknown_code", fmt::format("{}/{}", pointer, i),
              fmt::format("not in the list: {}", values[i]));
  }
  void licence(const std::string& value, const std::string& pointer) {
    if (value.empty()) return;
    if (vocabulary::find_licence(value)) return;
    address(value, pointer);
  }
};

bool is_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

bool is_hex(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

void check_fields(Checking& c, const std::vector<FieldDescription>& fields, const std::string& at) {
  if (fields.size() > max_fields) c.fault("too_many", at, fmt::format("at most {}", max_fields));
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string pointer = fmt::format("{}/{}", at, i);
    c.text(fields[i].name, max_short, pointer + "/name");
    c.text(fields[i].description, max_text, pointer + "/description");
    c.text(fields[i].type, 100, pointer + "/type");
    c.text(fields[i].unit, 100, pointer + "/unit");
    if (fields[i].name.empty()) c.fault("missing", pointer + "/name", "a column has a name");
    else if (!seen.insert(fields[i].name).second)
      c.fault("duplicate", pointer + "/name", fmt::format("named twice: {}", fields[i].name));
  }
}

void check_distribution(Checking& c, const Distribution& d, const std::string& at) {
  c.title(d.title, at + "/title");
  c.text(d.description, max_text, at + "/description");
  c.text(d.notes, max_text, at + "/notes");
  check_fields(c, d.fields, at + "/fields");
  c.text(d.national_id, 200, at + "/national_id");
  c.text(d.format, 100, at + "/format");
  c.text(d.media_type, 200, at + "/media_type");
  c.text(d.character_encoding, 100, at + "/character_encoding");
  c.address(d.access_url, at + "/access_url");
  c.address(d.download_url, at + "/download_url");
  c.address(d.api_description_url, at + "/api_description_url");
  if (d.byte_size && *d.byte_size < 0) c.fault("negative", at + "/byte_size", "not below zero");
  if (d.rows && *d.rows < 0) c.fault("negative", at + "/rows", "not below zero");
  if (d.checksum &&
      (!is_hex(d.checksum->hex) || d.checksum->hex.size() > 128 || d.checksum->algorithm.empty()))
    c.fault("not_hex", at + "/checksum", "an algorithm and lower-case hex digits");
  c.licence(d.licence, at + "/licence");
}

void check_codes(Checking& c, const Dataset& d) {
  c.list(d.keywords, max_listed, "/keywords");
  c.list(d.keywords_en, max_listed, "/keywords_en");
  if (!d.service_category.empty() &&
      !vocabulary::find(vocabulary::service_categories(), d.service_category))
    c.fault("unknown_code", "/service_category",
            fmt::format("no such 服務分類: {}", d.service_category));
  c.text(d.kind, 100, "/kind");
  c.codes(d.themes, vocabulary::themes(), "/themes");
  c.codes(d.high_value_themes, vocabulary::high_value_themes(), "/high_value_themes");
  c.codes(d.hvd_categories, vocabulary::hvd_categories(), "/hvd_categories");
  c.addresses(d.legislation, "/legislation");
  c.licence(d.licence, "/licence");
  c.text(d.cost, max_short, "/cost");
  c.address(d.cost_url, "/cost_url");
  c.text(d.cost_law, max_short, "/cost_law");
  c.text(d.rights, max_text, "/rights");
}

void check_coverage(Checking& c, const Dataset& d) {
  if (d.frequency.kind == Frequency::Kind::regular &&
      (d.frequency.every < 1 || d.frequency.every > 999))
    c.fault("out_of_range", "/frequency/every", "from 1 to 999");
  if (d.temporal.from && d.temporal.to && *d.temporal.to < *d.temporal.from)
    c.fault("ends_before_it_begins", "/temporal/to", "the period ends before it begins");
  c.list(d.spatial, max_listed, "/spatial");
  c.list(d.languages, 20, "/languages");
  c.address(d.landing_page, "/landing_page");
  c.addresses(d.related_urls, "/related_urls");
  c.addresses(d.conforms_to, "/conforms_to");
  c.text(d.provenance, max_text, "/provenance");
  c.text(d.notes, max_text, "/notes");
  c.text(d.version, 100, "/version");
}

}  // namespace

Errors check(const Dataset& d) {
  Checking c;
  if (!is_name(d.name))
    c.fault("not_a_name", "/name", "2 to 100 lower-case letters, digits, hyphens and underscores");
  c.text(d.national_id, 200, "/national_id");
  if (d.title.empty()) c.fault("missing", "/title", "a dataset has a title");
  c.title(d.title, "/title");
  c.text(d.description, max_text, "/description");
  if (d.publisher.value.empty()) c.fault("missing", "/publisher", "a dataset has a publisher");
  c.text(d.contact.name, max_short, "/contact/name");
  c.text(d.contact.phone, 200, "/contact/phone");
  c.text(d.contact.email, 320, "/contact/email");
  c.address(d.contact.url, "/contact/url");
  check_codes(c, d);
  check_coverage(c, d);
  if (d.distributions.size() > max_distributions)
    c.fault("too_many", "/distributions", fmt::format("at most {}", max_distributions));
  std::set<DistributionId> ids;
  for (std::size_t i = 0; i < d.distributions.size(); ++i) {
    const std::string at = fmt::format("/distributions/{}", i);
    check_distribution(c, d.distributions[i], at);
    if (!d.distributions[i].id.is_nil() && !ids.insert(d.distributions[i].id).second)
      c.fault("duplicate", at + "/id", "two distributions have this id");
  }
  if (d.kept.rdf.size() + write_json(d.kept.ckan).size() + write_json(d.kept.national).size() >
      max_kept)
    c.fault("too_long", "/kept", fmt::format("at most {} bytes", max_kept));
  return std::move(c.faults);
}

std::optional<Instant> data_changed_at(const Dataset& dataset) {
  if (dataset.modified) return dataset.modified;
  std::optional<Instant> newest;  // nothing is before any instant
  for (const Distribution& each : dataset.distributions) newest = std::max(newest, each.modified);
  return newest;
}

std::optional<Instant> due(const Frequency& frequency, Instant modified) {
  if (frequency.kind != Frequency::Kind::regular) return std::nullopt;
  const int n = frequency.every;
  const Date day = taiwan_date(modified);
  const auto time_of_day = modified - taiwan_midnight(day);
  switch (frequency.unit) {
    case Frequency::Unit::minute:
      return modified + minutes{n};
    case Frequency::Unit::hour:
      return modified + hours{n};
    case Frequency::Unit::day:
      return modified + days{n};
    case Frequency::Unit::week:
      return modified + days{7 * n};
    case Frequency::Unit::month:
      return taiwan_midnight(add_months(day, n)) + time_of_day;
    case Frequency::Unit::year:
      return taiwan_midnight(add_years(day, n)) + time_of_day;
  }
  return std::nullopt;
}

}  // namespace minben::catalogue
