// Values as the database has them.
#include <algorithm>
#include <array>

#include "impl.hpp"

namespace minben::quality {

namespace {

template <class E, std::size_t N>
using Words = std::array<std::pair<E, std::string_view>, N>;
template <class E, std::size_t N>
std::string_view word_of(const Words<E, N>& words, E value) {
  for (const auto& [each, word] : words)
    if (each == value) return word;
  return {};
}
template <class E, std::size_t N>
std::optional<E> value_of(const Words<E, N>& words, std::string_view text) {
  for (const auto& [each, word] : words)
    if (word == text) return each;
  return std::nullopt;
}

constexpr Words<LinkKind, 2> kinds{
    {{LinkKind::access, "access"}, {LinkKind::download, "download"}}};
constexpr Words<LinkState, 4> states{{{LinkState::waiting, "waiting"},
                                      {LinkState::ok, "ok"},
                                      {LinkState::failing, "failing"},
                                      {LinkState::broken, "broken"}}};
constexpr Words<Check::Outcome, 3> outcomes{{{Check::Outcome::passed, "passed"},
                                             {Check::Outcome::failed, "failed"},
                                             {Check::Outcome::postponed, "postponed"}}};

struct Member {
  std::string_view name;
  Finding Findings::* finding;
};
constexpr std::array<Member, 5> members{{{"linkable", &Findings::linkable},
                                         {"downloadable", &Findings::downloadable},
                                         {"structure", &Findings::structured},
                                         {"encoding_match", &Findings::encoding},
                                         {"desc_match", &Findings::description}}};

Findings findings_in(const Json& json) {
  Findings out;
  for (const Member& each : members)
    out.*each.finding = read_finding(string_or(json, each.name)).value_or(Finding::not_checked);
  return out;
}

/// What of it the parameters of an address say; "" when nothing.
std::string_view parameter(std::string_view query, std::string_view name) {
  for (const std::string_view part : split(query, '&'))
    if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
      return part.substr(name.size() + 1);
  return {};
}

}  // namespace

std::string_view to_string(LinkKind kind) { return word_of(kinds, kind); }
std::string_view to_string(LinkState state) { return word_of(states, state); }
std::string_view to_string(Check::Outcome outcome) { return word_of(outcomes, outcome); }

std::optional<Badge> read_badge(std::string_view text) {
  for (const Badge each : {Badge::none, Badge::bronze, Badge::silver, Badge::gold, Badge::platinum})
    if (to_string(each) == text) return each;
  return std::nullopt;
}

std::optional<Finding> read_finding(std::string_view text) {
  for (const Finding each :
       {Finding::passed, Finding::failed, Finding::not_checked, Finding::exempt})
    if (to_string(each) == text) return each;
  return std::nullopt;
}

Json findings_json(const Findings& findings) {
  JsonObject out;
  for (const Member& each : members) out[each.name] = to_string(findings.*each.finding);
  return out;
}

Json evidence_json(std::span<const Evidence> evidence) {
  JsonArray out;
  for (const Evidence& each : evidence)
    out.push_back(JsonObject{{"criterion", each.criterion},
                             {"finding", to_string(each.finding)},
                             {"reason", each.reason},
                             {"expected", each.expected},
                             {"found", each.found}});
  return out;
}

std::vector<Evidence> evidence_of(const Json& json) {
  std::vector<Evidence> out;
  if (const JsonArray* list = json.if_array())
    for (const Json& each : *list)
      out.push_back({string_or(each, "criterion"),
                     read_finding(string_or(each, "finding")).value_or(Finding::not_checked),
                     string_or(each, "reason"), string_or(each, "expected"),
                     string_or(each, "found")});
  return out;
}

LinkRow link_of(const store::Row& row) {
  LinkRow out;
  Link& link = out.link;
  link.distribution = row.id<DistributionId>("distribution_id");
  link.kind = value_of(kinds, row.text("kind")).value_or(LinkKind::download);
  link.url = row.text("url");
  link.state = value_of(states, row.text("state")).value_or(LinkState::waiting);
  if (!row.is_null("status")) link.status = static_cast<int>(row.integer("status"));
  link.failures = static_cast<int>(row.integer("failures"));
  link.findings = findings_in(row.json("findings"));
  link.evidence = evidence_of(row.json("evidence"));
  link.checked_at = row.optional_instant("checked_at");
  link.read_at = row.optional_instant("read_at");
  link.next_at = row.instant("next_at");
  out.dataset = row.id<DatasetId>("dataset_id");
  out.host = row.text("host");
  out.version = static_cast<int>(row.integer("version"));
  out.wanted = static_cast<int>(row.integer("wanted"));
  link.current = out.version == out.wanted;
  out.thorough = row.boolean("thorough");
  out.begun = static_cast<int>(row.integer("begun"));
  out.failing_since = row.optional_instant("failing_since");
  out.postponed = static_cast<int>(row.integer("postponed"));
  out.etag = row.text("etag");
  out.last_modified = row.text("last_modified");
  return out;
}

std::string host_of(std::string_view url, std::string_view origin) {
  if (!origin.empty() && url.starts_with(origin) &&
      (url.size() == origin.size() || url[origin.size()] == '/'))
    return {};
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  return to_lower_ascii(rest.substr(rest.rfind('@') + 1));
}

std::optional<OwnTable> own_table(std::string_view url, std::string_view origin) {
  if (origin.empty() || !url.starts_with(origin)) return std::nullopt;
  std::string_view rest = url.substr(origin.size());
  if (!rest.starts_with('/')) return std::nullopt;  // https://data.example.tw.example.com/…
  rest = rest.substr(0, rest.find('#'));
  const auto question = rest.find('?');
  const std::string_view query = question == rest.npos ? "" : rest.substr(question + 1);
  const std::vector<std::string_view> path = split(rest.substr(0, question), '/');
  const auto table = [](std::string_view text, std::string_view format) -> std::optional<OwnTable> {
    const auto id = datastore::TableId::parse(text);
    if (!id) return std::nullopt;
    return OwnTable{*id, std::string(format), false};
  };
  if (path.size() == 4 && path[1] == "datastore" && path[2] == "original") {
    auto found = table(path[3], "");
    if (found) found->original = true;
    return found;
  }
  if (path.size() >= 4 && path[1] == "datastore" && path[2] == "dump") {
    if (path.size() == 5 && path[4] == "parquet") return table(path[3], "PARQUET");
    const std::string_view format = parameter(query, "format");
    return table(path[3], format.empty() ? "csv" : format);
  }
  if (path.size() == 5 && path[1] == "api" && path[3] == "action" && path[4] == "datastore_search")
    return table(parameter(query, "resource_id"), "json");
  return std::nullopt;
}

Findings findings_of(const catalogue::Distribution& distribution, std::span<const Link> links) {
  const Link *access = nullptr, *download = nullptr;
  for (const Link& each : links)
    if (each.distribution == distribution.id)
      (each.kind == LinkKind::access ? access : download) = &each;
  Findings out;
  if (download) out = download->findings;
  if (access)
    out.linkable =
        download ? worse(out.linkable, access->findings.linkable) : access->findings.linkable;
  if (!download) {
    const bool service = access && is_service(distribution);
    const Finding not_a_file = service ? Finding::exempt : Finding::not_checked;
    out.downloadable = service ? Finding::exempt : Finding::failed;
    out.structured = out.encoding = out.description = not_a_file;
  }
  if (!download && !access) out.linkable = Finding::failed;
  return out;
}

}  // namespace minben::quality
