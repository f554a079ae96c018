// Messages between the applicant and the agencies of a case; sealed like everything personal.
#include <boost/json/value.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query insert_message{
    "casework_insert_message",
    "insert into casework.message (case_id, message_id, at, from_applicant, agency, officer_id, "
    "content, place)"
    " values ($1, $2, $3, $4, $5, $6, $7,"
    " (select history_length from casework.application where case_id = $1))"};
constexpr Query list_messages{
    "casework_list_messages",
    "select * from casework.message where case_id = $1 and ($2::text is null or agency = $2)"
    " order by place, at limit 1000"};
constexpr Query mark_read{"casework_mark_messages_read",
                          "update casework.message set read = true where case_id = $1 and "
                          "($2::text is null or agency = $2)"
                          " and from_applicant = $3 and not read"};
constexpr Query takes_part{
    "casework_agency_takes_part",
    "select 1 from casework.task where case_id = $1 and agency = $2 limit 1"};

Result<void> check_text(std::string_view text) {
  if (!is_utf8(text)) return fail(Kind::invalid, "not_text", "", "text");
  const auto length = length_in_characters(trim(text));
  if (length == 0) return fail(Kind::invalid, "text_missing", "", "text");
  if (length > 4000) return fail(Kind::invalid, "text_too_long", "", "text");
  return {};
}

/// The agency an applicant writes to: the one named, or the one that holds the case, or its owner.
Result<AgencyCode> receiver(const Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                            const AgencyCode& named) {
  MINBEN_TRY(package, impl.package_of(row));
  if (named.value.empty()) {
    MINBEN_TRY(summary, impl.summary_of(tx, row, true));
    return summary.held_by.empty() ? package->owner : summary.held_by.front();
  }
  if (named == package->owner) return named;
  MINBEN_TRY(part, tx.run(takes_part, row.id, named));
  if (part.empty()) return fail(Kind::invalid, "agency_takes_no_part", "", "agency");
  return named;
}

/// Sender and addressed agency of a message; checks that the actor may write.
struct Direction {
  bool from_applicant = false;
  AgencyCode agency;
  std::optional<OfficerId> officer;
  std::optional<identity::Act> act = {};
};
Result<Direction> direction_of(const Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                               const Actor& actor, const AgencyCode& agency) {
  if (const auto* officer = std::get_if<Officer>(&actor)) {
    MINBEN_CHECK(impl.require_part(tx, *officer, row.id));
    return Direction{false, officer->agency, officer->id};
  }
  if (!is_own(row, std::get<Applicant>(actor))) return fail(Kind::not_found, "case_not_found");
  MINBEN_TRY(to, receiver(impl, tx, row, agency));
  return Direction{true, std::move(to), std::nullopt, std::get<Applicant>(actor).act};
}

Result<MessageId> store_message(const Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                                const Direction& direction, std::string_view text) {
  const auto id = MessageId::make(impl.parts.clock, impl.parts.random);
  MINBEN_TRY(sealed, impl.seal(tx, row.person, "message", to_string(id), Json(trim(text))));
  MINBEN_CHECK(tx.run(insert_message, row.id, id, impl.now(), direction.from_applicant,
                      direction.agency, direction.officer, sealed));
  return id;
}

}  // namespace

Result<void> Casework::Impl::keep_words(Transaction& tx, const CaseRow& row,
                                        std::string_view text) const {
  if (trim(text).empty()) return {};
  MINBEN_TRY(to, receiver(*this, tx, row, AgencyCode{}));
  MINBEN_CHECK(store_message(*this, tx, row, {true, std::move(to), std::nullopt}, text));
  return {};
}

Result<MessageId> Casework::send_message(const Actor& actor, CaseId id, const AgencyCode& agency,
                                         std::string_view text) {
  MINBEN_CHECK(check_text(text));
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<MessageId> {
    MINBEN_TRY(row, impl.lock_case(tx, id));
    MINBEN_TRY(direction, direction_of(impl, tx, row, actor, agency));
    MINBEN_TRY(message, store_message(impl, tx, row, direction, text));
    MINBEN_CHECK(impl.record(tx, row,
                             {.event = "message_sent",
                              .agency = direction.agency,
                              .officer = direction.officer.value_or(OfficerId{}),
                              .by_applicant = direction.from_applicant,
                              .act = direction.act}));
    if (!direction.from_applicant) MINBEN_CHECK(impl.notify(tx, row, "message"));
    return message;
  });
}

Result<std::vector<Message>> Casework::messages(const Actor& actor, CaseId id) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<std::vector<Message>> {
    MINBEN_TRY(row, impl.find_case(tx, id));
    const auto* officer = std::get_if<Officer>(&actor);
    if (officer) MINBEN_CHECK(impl.require_part(tx, *officer, id));
    else if (!is_own(row, std::get<Applicant>(actor)))
      return fail(Kind::not_found, "case_not_found");
    const auto agency = officer ? std::optional(officer->agency) : std::nullopt;
    MINBEN_TRY(rows, tx.run(list_messages, id, agency));
    std::vector<Message> list;
    for (const auto found : rows) {
      Message message;
      message.id = found.id<MessageId>("message_id");
      message.at = found.instant("at");
      message.from_applicant = found.boolean("from_applicant");
      message.agency = found.id<AgencyCode>("agency");
      message.read = found.boolean("read");
      MINBEN_TRY(text, impl.open(tx, row.person, "message", to_string(message.id),
                                 found.bytes("content")));
      message.text = std::string(text.as_string());
      list.push_back(std::move(message));
    }
    MINBEN_CHECK(tx.run(mark_read, id, agency, officer != nullptr));
    return list;
  });
}

}  // namespace minben::casework
