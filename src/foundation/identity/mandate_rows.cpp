#include "mandate_rows.hpp"

#include <fmt/format.h>

#include "mail_text.hpp"

namespace minben::identity {

namespace {

constexpr std::string_view commitment_type = "mandate";

constexpr store::Query count_event{"identity_count_mandate_event",
                                   "update identity.mandate set events = events + 1 "
                                   "where principal_id = $1 and mandate_id = $2 returning events"};
constexpr store::Query insert_event{
    "identity_insert_mandate_event",
    "insert into identity.mandate_event (principal_id, mandate_id, sequence, event, at, actor_id, "
    "content, entry_id, holder_entry_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr store::Query lock_held_row{
    "identity_lock_held_mandate",
    "select * from identity.mandate where holder_id = $1 and mandate_id = $2 for update"};
constexpr store::Query write_end{
    "identity_end_mandate",
    "update identity.mandate set state = 'ended', ended_at = $3, end_reason = $4, code = null "
    "where principal_id = $1 and mandate_id = $2"};

MandateState read_state(std::string_view text) {
  if (text == "offered") return MandateState::offered;
  return text == "active" ? MandateState::active : MandateState::ended;
}

template <class I>
std::optional<I> unless_nil(I id) {
  return id.is_nil() ? std::nullopt : std::optional(id);
}

JsonArray codes_of(const std::vector<ServiceCode>& services) {
  JsonArray codes;
  for (const ServiceCode& service : services) codes.emplace_back(service.value);
  return codes;
}

Json content_of(const Mandate& mandate, std::string_view event, int sequence, Instant at,
                PersonId actor) {
  JsonObject content{{"mandate", to_string(mandate.id)},
                     {"principal", to_string(mandate.principal)},
                     {"kind", to_string(mandate.kind)},
                     {"event", event},
                     {"sequence", sequence},
                     {"at", minben::to_string(at)},
                     {"powers", JsonObject{{"services", mandate.powers.services},
                                           {"data", mandate.powers.data},
                                           {"only", codes_of(mandate.powers.only)}}},
                     {"expires_at", minben::to_string(mandate.expires_at)}};
  if (!mandate.holder.is_nil()) content["holder"] = to_string(mandate.holder);
  if (!actor.is_nil()) content["actor"] = to_string(actor);
  return content;
}

struct Entries {
  ledger::EntryId principal, holder;
};

/// In both series, in the order of their ids: two that cross each other wait, and do not deadlock.
Result<Entries> commit_to_both(const Mandates::Impl& impl, store::Transaction& tx,
                               const Mandate& mandate, const Json& content) {
  Entries entries;
  const auto commit = [&](PersonId person, ledger::EntryId& entry) -> Result<void> {
    if (person.is_nil()) return {};
    MINBEN_TRY(made, impl.parts.commitments.commit(tx, commitment_type, person, content));
    entry = made;
    return {};
  };
  if (mandate.holder < mandate.principal) MINBEN_CHECK(commit(mandate.holder, entries.holder));
  MINBEN_CHECK(commit(mandate.principal, entries.principal));
  if (mandate.principal < mandate.holder) MINBEN_CHECK(commit(mandate.holder, entries.holder));
  return entries;
}

Result<std::string> name_of(const Mandates::Impl& impl, store::Transaction& tx, PersonId id) {
  if (id.is_nil()) return std::string();
  const auto person = impl.parts.identity.person(tx, id);
  if (person)
    return person->profile.name.empty() ? person->profile.name_latin : person->profile.name;
  if (person.error().code == "erased") return std::string();
  return std::unexpected(person.error());
}

}  // namespace

std::string_view to_string(MandateState state) {
  switch (state) {
    case MandateState::offered:
      return "offered";
    case MandateState::active:
      return "active";
    case MandateState::ended:
      return "ended";
  }
  return "";
}

MandateRow read_mandate(const store::Row& row, Instant now) {
  MandateRow out;
  Mandate& mandate = out.mandate;
  mandate.id = row.id<MandateId>("mandate_id");
  mandate.principal = row.id<PersonId>("principal_id");
  if (!row.is_null("holder_id")) mandate.holder = row.id<PersonId>("holder_id");
  mandate.kind = parse_mandate_kind(row.text("kind")).value_or(MandateKind::granted);
  mandate.state = read_state(row.text("state"));
  mandate.powers = {row.boolean("services"), row.boolean("data"), {}};
  for (std::string& code : row.texts("only_services"))
    mandate.powers.only.push_back(ServiceCode{std::move(code)});
  mandate.offered_at = row.instant("offered_at");
  mandate.accepted_at = row.optional_instant("accepted_at");
  mandate.expires_at = row.instant("expires_at");
  mandate.ended_at = row.optional_instant("ended_at");
  if (!row.is_null("end_reason")) mandate.end_reason = row.text("end_reason");
  out.granted_by = row.id<PersonId>("granted_by");
  if (!row.is_null("note")) out.note = row.bytes("note");
  out.answer_by = row.optional_instant("answer_by");
  out.checked_at = row.optional_instant("checked_at");
  const bool offered = mandate.state == MandateState::offered;
  if (offered && out.answer_by) mandate.expires_at = std::min(mandate.expires_at, *out.answer_by);
  if (mandate.state == MandateState::ended || now < mandate.expires_at) return out;
  out.ended_by_clock = true;
  mandate.state = MandateState::ended;
  mandate.ended_at = mandate.expires_at;
  mandate.end_reason = "expired";
  return out;
}

Result<std::optional<MandateRow>> lock_held(const Mandates::Impl& impl, store::Transaction& tx,
                                            PersonId holder, MandateId id) {
  MINBEN_TRY(rows, tx.run(lock_held_row, holder, id));
  if (rows.empty()) return std::optional<MandateRow>();
  return std::optional(read_mandate(rows.front(), impl.now()));
}

std::string note_context(MandateId id) { return "identity.mandate.note:" + to_string(id); }

Result<Mandate> with_names(const Mandates::Impl& impl, store::Transaction& tx, MandateRow row,
                           bool for_principal) {
  Mandate mandate = std::move(row.mandate);
  MINBEN_TRY(principal, name_of(impl, tx, mandate.principal));
  MINBEN_TRY(holder, name_of(impl, tx, mandate.holder));
  mandate.principal_name = std::move(principal);
  mandate.holder_name = std::move(holder);
  if (!for_principal || row.note.empty()) return mandate;
  MINBEN_TRY(note, impl.parts.identity.vault().open(tx, mandate.principal, note_context(mandate.id),
                                                    row.note));
  mandate.note = std::move(note);
  return mandate;
}

Result<void> leave_trace(const Mandates::Impl& impl, store::Transaction& tx, const Mandate& mandate,
                         std::string_view event, PersonId actor) {
  MINBEN_TRY(counted, tx.run(count_event, mandate.principal, mandate.id));
  const auto sequence = static_cast<int>(counted.front().integer("events"));
  const Instant at = impl.now();
  const Json content = content_of(mandate, event, sequence, at, actor);
  MINBEN_TRY(entries, commit_to_both(impl, tx, mandate, content));
  MINBEN_CHECK(tx.run(insert_event, mandate.principal, mandate.id, sequence, event, at,
                      unless_nil(actor), content, entries.principal, unless_nil(entries.holder)));
  return store::publish(tx, "mandate", to_string(mandate.id),
                        JsonObject{{"mandate", to_string(mandate.id)}, {"event", event}});
}

Result<void> end_mandate(const Mandates::Impl& impl, store::Transaction& tx, const MandateRow& row,
                         std::string_view reason, PersonId actor) {
  const Mandate& mandate = row.mandate;
  MINBEN_CHECK(tx.run(write_end, mandate.principal, mandate.id, impl.now(), reason));
  MINBEN_CHECK(store::cancel_job(tx, mandate_end_job, to_string(mandate.id)));
  MINBEN_CHECK(leave_trace(impl, tx, mandate, reason, actor));
  for (const auto& tell : impl.identity().mandate_ended) MINBEN_CHECK(tell(tx, mandate.id));
  if (mandate.holder.is_nil()) return {};  // who never had it is not told
  return tell_of_mandate(impl, tx, mandate, MandateNews::ended);
}

Result<void> plan_end(store::Transaction& tx, const Mandate& mandate, Instant at) {
  return store::enqueue(tx, {std::string(mandate_end_job), to_string(mandate.id),
                             JsonObject{{"principal", to_string(mandate.principal)}}, at});
}

Result<PersonId> proven_holder(const Session& session) {
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  if (session.assurance < Assurance::substantial)
    return fail(Kind::unauthorised, "assurance_too_low",
                identity::to_string(Assurance::substantial));
  if (session.levels.identity < 2) return fail(Kind::forbidden, "identity_not_proven");
  return *person;
}

Result<void> tell_of_mandate(const Mandates::Impl& impl, store::Transaction& tx,
                             const Mandate& mandate, MandateNews news) {
  MINBEN_TRY(principal, name_of(impl, tx, mandate.principal));
  MINBEN_TRY(holder, name_of(impl, tx, mandate.holder));
  for (const PersonId person : {mandate.principal, mandate.holder}) {
    const auto to = impl.identity().address(tx, person);
    if (!to && to.error().code == "erased") continue;
    if (!to) return std::unexpected(to.error());
    MINBEN_CHECK(impl.identity().enqueue_mail(
        tx, {.key = fmt::format("mandate/{}/{}/{}", to_string(mandate.id), static_cast<int>(news),
                                to_string(person)),
             .mail = mandate_mail(to->email, impl.identity().config.platform_name,
                                  {principal, holder}, news == MandateNews::ended, to->language),
             .until = impl.now() + mail_of_use}));
  }
  return {};
}

}  // namespace minben::identity
