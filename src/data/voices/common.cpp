// Terms, who may do what, names and words.
#include "common.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::voices {

namespace {

constexpr std::size_t most_name = 50;
constexpr std::string_view name_context = "voices.name";

constexpr store::Query turn{
    "voices_turn", "select pg_advisory_xact_lock(hashtextextended('voices.' || $1 || $2, 0))"};

bool is_steward(const identity::Officer& officer) {
  return officer.active && officer.has_role(identity::role::data_steward);
}

}  // namespace

Date monday_to_friday(const AgencyCode&, Date from, int count) {
  Date day = from;
  const auto is_free = [](Date date) {
    const std::chrono::weekday weekday{std::chrono::sys_days(date)};
    return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
  };
  for (int left = count; left > 0;) {
    day = add_days(day, 1);
    if (!is_free(day)) --left;
  }
  return day;
}

bool answers_for(const Config& config, const identity::Officer& officer,
                 const catalogue::Publisher& publisher) {
  const std::string& agency = publisher.agency.empty() ? config.platform.value : publisher.agency;
  return is_steward(officer) && officer.agency.value == agency;
}

bool keeps_the_platform(const Config& config, const identity::Officer& officer) {
  return is_steward(officer) && officer.agency == config.platform;
}

Term Common::term(const AgencyCode& agency, Instant from, int count) const {
  const Date day = taiwan_date(from);
  const auto after = [&](int days) {
    return taiwan_midnight(add_days(config.working_days(agency, day, days), 1));
  };
  return {after(std::max(0, count - config.remind_days)), after(count)};
}

Result<AgencyCode> Common::agency_of(store::Transaction& tx, std::string_view publisher) const {
  if (publisher.empty()) return config.platform;
  const auto found =
      parts.catalogue.publisher(tx, catalogue::PublisherCode{std::string(publisher)});
  if (!found && found.error().kind == Kind::not_found) return config.platform;
  if (!found) return fail(found.error());
  return found->agency.empty() ? config.platform : AgencyCode{found->agency};
}

Result<void> Common::check_steward(store::Transaction& tx, const identity::Officer& officer,
                                   const catalogue::PublisherCode& publisher) const {
  if (!is_steward(officer)) return fail(Kind::forbidden, "role_missing", "for data stewards");
  MINBEN_TRY(agency, agency_of(tx, publisher.value));
  if (officer.agency == agency) return {};
  return fail(Kind::forbidden, "not_yours", "another agency answers for this publisher");
}

Result<void> Common::check_platform(const identity::Officer& officer) const {
  if (keeps_the_platform(config, officer)) return {};
  return fail(Kind::forbidden, "role_missing", "for data stewards of the platform");
}

Result<std::vector<std::string>> Common::publishers_of(store::Transaction& tx,
                                                       const identity::Officer& officer) const {
  if (!is_steward(officer)) return fail(Kind::forbidden, "role_missing", "for data stewards");
  MINBEN_TRY(all, parts.catalogue.publishers(tx));
  std::vector<std::string> codes;
  for (const catalogue::Publisher& publisher : all)
    if (answers_for(config, officer, publisher)) codes.push_back(publisher.code.value);
  if (officer.agency == config.platform) codes.emplace_back();
  return codes;
}

Result<std::optional<Bytes>> Common::seal_name(store::Transaction& tx, const Author& author) const {
  const std::string_view name = trim(author.name);
  if (name.empty()) return std::nullopt;
  MINBEN_TRY(sealed, parts.identity.vault().seal(tx, author.person, name_context, name));
  return sealed;
}

Result<std::string> Common::open_name(store::Transaction& tx, PersonId person,
                                      const store::Row& row) const {
  if (person.is_nil() || row.is_null("name")) return std::string();
  auto name = parts.identity.vault().open(tx, person, name_context, row.bytes("name"));
  if (!name && name.error().code == "erased") return std::string();
  return name;
}

Result<std::string> checked_text(std::string_view text, const Wanted& wanted) {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty() && wanted.needed)
    return fail(Kind::invalid, "missing", "say it in words", wanted.field);
  if (!is_utf8(trimmed)) return fail(Kind::invalid, "not_utf8", "not UTF-8", wanted.field);
  if (length_in_characters(trimmed) > wanted.most)
    return fail(Kind::invalid, "too_long", fmt::format("at most {} characters", wanted.most),
                wanted.field);
  return std::string(trimmed);
}

Result<void> check_author(const Author& author) {
  MINBEN_CHECK(checked_text(author.name, {"name", most_name, false}));
  return {};
}

Result<void> take_turn(store::Transaction& tx, std::string_view what, PersonId person) {
  MINBEN_CHECK(tx.run(turn, what, person));
  return {};
}

}  // namespace minben::voices
