// Sources: what a steward says about a catalogue elsewhere.
#include <algorithm>

#include <fmt/format.h>

#include "rows.hpp"

namespace minben::harvest {

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::ckan:
      return "ckan";
    case SourceKind::dcat:
      return "dcat";
    case SourceKind::national:
      return "national";
  }
  return {};
}

namespace {

class Faults {
 public:
  Errors found;
  void unless(bool fine, std::string_view pointer, std::string_view code, std::string_view detail) {
    if (!fine) found.push_back(fail(Kind::invalid, code, detail, pointer).error());
  }
  void range(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view pointer) {
    unless(value >= low && value <= high, pointer, "out_of_range",
           fmt::format("{} … {}", low, high));
  }
};

/// Members of the JSON form, each taken once; what is left is not known.
class Members {
 public:
  explicit Members(const JsonObject& object) : left_(object) {}
  void text(std::string_view name, std::string& into) {
    take(name, [&](const Json& value) { return value.is_string() && assign(into, value); });
  }
  void boolean(std::string_view name, bool& into) {
    take(name, [&](const Json& value) {
      if (value.is_bool()) into = value.get_bool();
      return value.is_bool();
    });
  }
  template <class Set>
  void number(std::string_view name, Set&& set) {
    take(name, [&](const Json& value) {
      if (value.is_int64()) set(value.get_int64());
      return value.is_int64();
    });
  }
  void texts(std::string_view name, std::vector<std::string>& into) {
    take(name, [&](const Json& value) {
      const auto* list = value.if_array();
      return list && std::ranges::all_of(*list, [&](const Json& each) {
               return each.is_string() && assign(into.emplace_back(), each);
             });
    });
  }
  void map(std::string_view name, std::map<std::string, std::string>& into) {
    take(name, [&](const Json& value) {
      const auto* object = value.if_object();
      return object && std::ranges::all_of(*object, [&](const auto& each) {
               return each.value().is_string() &&
                      assign(into[std::string(each.key())], each.value());
             });
    });
  }
  Errors faults() && {
    for (const auto& member : left_)
      faults_.push_back(fail(Kind::invalid, "unknown_member", "docs/harvest.md has the members",
                             "/" + std::string(member.key()))
                            .error());
    return std::move(faults_);
  }

 private:
  static bool assign(std::string& into, const Json& value) {
    into = std::string(std::string_view(value.get_string()));
    return true;
  }
  template <class Read>
  void take(std::string_view name, Read&& read) {
    const Json* value = left_.if_contains(name);
    if (!value) return;
    if (!read(*value))
      faults_.push_back(
          fail(Kind::invalid, "wrong_type", "of another type", fmt::format("/{}", name)).error());
    left_.erase(name);
  }
  JsonObject left_;
  Errors faults_;
};

}  // namespace

Errors check(const Source& s) {
  Faults faults;
  faults.unless(is_code(s.code.value), "/code", "not_a_code", "[a-z0-9][a-z0-9._-]{0,63}");
  faults.unless(!s.title.empty(), "/title", "missing", "a title in one language at least");
  const bool http = s.url.starts_with("http://") || s.url.starts_with("https://");
  const bool file = s.url.empty() && s.kind == SourceKind::national && s.every_hours == 0;
  faults.unless((http && !host_of(s.url).empty()) || file, "/url", "bad_url",
                "http:// or https://; may be empty when files are imported by hand only");
  faults.unless(s.url.size() <= 2000 && s.url.find('@') == s.url.npos, "/url", "bad_url",
                "at most 2000 bytes, no passwords: those belong in key_file");
  faults.unless(s.publisher.empty() || is_code(s.publisher), "/publisher", "not_a_code",
                "a publisher's code");
  for (const auto& [there, here] : s.publishers)
    faults.unless(is_code(here), "/publishers/" + there, "not_a_code", "a publisher's code");
  faults.unless(s.publishers.size() <= 5000, "/publishers", "too_many", "at most 5000");
  faults.unless(s.organizations.size() <= 100, "/organizations", "too_many", "at most 100");
  for (const std::string& each : s.organizations)
    faults.unless(is_code(each), "/organizations", "not_a_code", "names as CKAN has them");
  faults.unless(s.portal.empty() || is_code(s.portal), "/portal", "not_a_code", "a short code");
  faults.unless(s.portal.empty() == s.government.empty(), "/government", "missing",
                "portal and government belong together");
  faults.range(s.every_hours, 0, 8760, "/every_hours");
  faults.range(s.whole_every_days, 0, 365, "/whole_every_days");
  faults.range(s.pause_ms.count(), 0, 60'000, "/pause_ms");
  faults.range(s.request_timeout_ms.count(), 1000, 600'000, "/request_timeout_ms");
  faults.range(s.run_timeout_minutes, 1, 10'080, "/run_timeout_minutes");
  faults.range(s.max_objects, 1, 1'000'000, "/max_objects");
  faults.range(s.max_bytes, 1, 64ll << 30, "/max_bytes");
  faults.range(s.max_requests, 1, 1'000'000, "/max_requests");
  return std::move(faults.found);
}

JsonObject source_json(const Source& s) {
  JsonArray organizations(s.organizations.begin(), s.organizations.end());
  JsonObject publishers;
  for (const auto& [there, here] : s.publishers) publishers[there] = here;
  return {{"code", s.code.value},
          {"title", s.title.zh_hant},
          {"title_en", s.title.en},
          {"kind", to_string(s.kind)},
          {"url", s.url},
          {"organizations", std::move(organizations)},
          {"publisher", s.publisher},
          {"publishers", std::move(publishers)},
          {"trusted", s.trusted},
          {"portal", s.portal},
          {"government", s.government},
          {"every_hours", s.every_hours},
          {"whole_every_days", s.whole_every_days},
          {"key_file", s.key_file.string()},
          {"pause_ms", s.pause_ms.count()},
          {"request_timeout_ms", s.request_timeout_ms.count()},
          {"run_timeout_minutes", s.run_timeout_minutes},
          {"max_objects", s.max_objects},
          {"max_bytes", s.max_bytes},
          {"max_requests", s.max_requests}};
}

std::expected<Source, Errors> source_from_json(const Json& json) {
  const auto* object = json.if_object();
  if (!object)
    return std::unexpected(Errors{fail(Kind::invalid, "wrong_type", "expected an object").error()});
  Source s;
  std::string kind = "ckan", key_file;
  Members members(*object);
  members.text("code", s.code.value);
  members.text("title", s.title.zh_hant);
  members.text("title_en", s.title.en);
  members.text("kind", kind);
  members.text("url", s.url);
  members.texts("organizations", s.organizations);
  members.text("publisher", s.publisher);
  members.map("publishers", s.publishers);
  members.boolean("trusted", s.trusted);
  members.text("portal", s.portal);
  members.text("government", s.government);
  const auto whole = [](auto& into) {
    return [&into](std::int64_t value) {
      using Number = std::remove_reference_t<decltype(into)>;
      into = static_cast<Number>(std::clamp<std::int64_t>(value, -1, INT64_C(1) << 40));
    };
  };
  const auto small = [](int& into) {
    return [&into](std::int64_t value) {
      into = static_cast<int>(std::clamp<std::int64_t>(value, -1, 1 << 30));
    };
  };
  const auto pause = [](milliseconds& into) {
    return [&into](std::int64_t value) { into = milliseconds(value); };
  };
  members.number("every_hours", small(s.every_hours));
  members.number("whole_every_days", small(s.whole_every_days));
  members.text("key_file", key_file);
  members.number("pause_ms", pause(s.pause_ms));
  members.number("request_timeout_ms", pause(s.request_timeout_ms));
  members.number("run_timeout_minutes", small(s.run_timeout_minutes));
  members.number("max_objects", whole(s.max_objects));
  members.number("max_bytes", whole(s.max_bytes));
  members.number("max_requests", small(s.max_requests));
  s.key_file = key_file;
  Errors faults = std::move(members).faults();
  bool known = false;
  for (const SourceKind each : {SourceKind::ckan, SourceKind::dcat, SourceKind::national})
    if (to_string(each) == kind) {
      s.kind = each;
      known = true;
    }
  if (!known)
    faults.push_back(
        fail(Kind::invalid, "unknown_kind", "ckan, dcat or national", "/kind").error());
  for (Error& each : check(s)) faults.push_back(std::move(each));
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return s;
}

}  // namespace minben::harvest
