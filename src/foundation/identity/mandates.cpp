// Mandates that people grant each other: a code made by the one, entered by the other.
#include "mandates.hpp"

#include <algorithm>

#include "mandate_rows.hpp"
#include "rates.hpp"

namespace minben::identity {

namespace {

constexpr days answer_within{7};
constexpr int most_years = 5;
constexpr std::int64_t most_open = 50;
constexpr std::size_t most_services = 50;
constexpr std::size_t longest_note = 200;
constexpr std::size_t code_length = 12;
constexpr int wrong_codes_per_person = 10;
constexpr int codes_per_network = 100;
constexpr int longest_list = 100;
// Without what is mistaken for another (0, O, 1, I, L, U): 30 letters, 58 bits in a code.
constexpr std::string_view alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr store::Query insert_offer{
    "identity_insert_mandate_offer",
    "insert into identity.mandate (principal_id, mandate_id, kind, state, services, data, "
    "only_services, granted_by, note, code, offered_at, answer_by, expires_at) "
    "values ($1, $2, 'granted', 'offered', $3, $4, $5, $6, $7, $8, $9, $10, $11)"};
constexpr store::Query count_open{
    "identity_count_open_mandates",
    "select count(*) as open from identity.mandate where principal_id = $1 and "
    "((state = 'active' and expires_at > $2) or (state = 'offered' and answer_by > $2))"};
constexpr store::Query accept_offer{
    "identity_accept_mandate",
    "update identity.mandate set state = 'active', holder_id = $3, accepted_at = $4, code = null "
    "where principal_id = $1 and mandate_id = $2"};
constexpr store::Query lock_offer{
    "identity_lock_mandate_offer",
    "select * from identity.mandate where code = $1 and state = 'offered' for update"};
constexpr store::Query lock_row{
    "identity_lock_mandate",
    "select * from identity.mandate where principal_id = $1 and mandate_id = $2 for update"};
constexpr store::Query lock_all_of{
    "identity_lock_mandates_of",
    "select * from identity.mandate where (principal_id = $1 or holder_id = $1) "
    "and state <> 'ended' order by principal_id, mandate_id for update"};
constexpr store::Query find_given{
    "identity_find_given_mandate",
    "select * from identity.mandate where principal_id = $1 and mandate_id = $2"};
constexpr store::Query find_held{
    "identity_find_held_mandate",
    "select * from identity.mandate where holder_id = $1 and mandate_id = $2"};
constexpr store::Query list_given{"identity_list_given_mandates",
                                  "select * from identity.mandate where principal_id = $1 "
                                  "order by offered_at desc, mandate_id desc limit $2"};
constexpr store::Query list_held{"identity_list_held_mandates",
                                 "select * from identity.mandate where holder_id = $1 "
                                 "order by offered_at desc, mandate_id desc limit $2"};
constexpr store::Query list_events{
    "identity_list_mandate_events",
    "select sequence, event, at, actor_id from identity.mandate_event "
    "where principal_id = $1 and mandate_id = $2 order by sequence"};
constexpr store::Query find_event{
    "identity_find_mandate_event",
    "select content, entry_id, holder_entry_id from identity.mandate_event "
    "where principal_id = $1 and mandate_id = $2 and sequence = $3"};

std::unexpected<Error> no_such_mandate() { return fail(Kind::not_found, "no_such_mandate"); }

/// Whose mandates the session may grant and end: one's own, or those of whom one represents by law.
Result<PersonId> principal_of(const Session& session) {
  MINBEN_TRY(person, proven_holder(session));
  if (!session.acting) return person;
  if (session.acting->act.kind == MandateKind::granted)
    return fail(Kind::forbidden, "only_principals", "a granted mandate is not passed on");
  return session.acting->principal;
}

Result<Instant> end_of(const NewMandate& asked, Instant now) {
  const Date today = taiwan_date(now);
  if (asked.until < today || asked.until > add_years(today, most_years))
    return fail(Kind::invalid, "until", "from today to five years ahead", "until");
  return taiwan_midnight(add_days(asked.until, 1));
}

Result<void> check(const NewMandate& asked) {
  if (!asked.powers.services && !asked.powers.data)
    return fail(Kind::invalid, "no_powers", "one of them at least", "powers");
  if (asked.powers.only.size() > most_services)
    return fail(Kind::invalid, "too_long", "at most 50 services", "services");
  if (length_in_characters(asked.note) > longest_note)
    return fail(Kind::invalid, "too_long", "at most 200 characters", "note");
  return {};
}

std::string new_code(Random& random) {
  std::string code;
  for (std::size_t i = 0; i < code_length; ++i) {
    if (i > 0 && i % 4 == 0) code += '-';
    code += alphabet[random.below(alphabet.size())];
  }
  return code;
}

/// As people type it: any case, with or without hyphens and spaces. "" when it cannot be one.
std::string normal_code(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const bool fits = code.size() == code_length && code.find_first_not_of(alphabet) == code.npos;
  return fits ? code : std::string();
}

Bytes lookup_of(const Mandates::Impl& impl, std::string_view normal) {
  return impl.parts.identity.vault().lookup("mandate.code", normal);
}

std::vector<std::string> codes_of(const std::vector<ServiceCode>& services) {
  std::vector<std::string> codes;
  for (const ServiceCode& service : services) codes.push_back(service.value);
  return codes;
}

/// Counted before the code is looked at: guessing in parallel gains nothing.
Result<void> take_try(const Mandates::Impl& impl, PersonId person, std::string_view network) {
  MINBEN_TRY(within, impl.parts.database.transact([&](store::Transaction& tx) -> Result<bool> {
    const Vault& vault = impl.parts.identity.vault();
    MINBEN_TRY(from,
               within_rate(tx, vault, impl.now(), "mandate.network", network, codes_per_network));
    MINBEN_TRY(by, within_rate(tx, vault, impl.now(), "mandate.person", to_string(person),
                               wrong_codes_per_person));
    return from && by;
  }));
  if (!within) return fail(Kind::too_many, "too_many_tries");
  return {};
}

/// The locked offer of that code. A right code takes the try back.
Result<MandateRow> offer_of(const Mandates::Impl& impl, store::Transaction& tx, PersonId person,
                            std::string_view typed) {
  const std::string normal = normal_code(typed);
  if (normal.empty()) return fail(Kind::not_found, "no_such_code", "", "code");
  MINBEN_TRY(rows, tx.run(lock_offer, lookup_of(impl, normal)));
  if (rows.empty()) return fail(Kind::not_found, "no_such_code", "", "code");
  MandateRow row = read_mandate(rows.front(), impl.now());
  if (row.mandate.state != MandateState::offered)
    return fail(Kind::not_found, "no_such_code", "", "code");
  MINBEN_CHECK(
      forget_count(tx, impl.parts.identity.vault(), {"mandate.person", to_string(person)}));
  return row;
}

template <class Work>
auto with_offer(const Mandates::Impl& impl, const Session& session, std::string_view code,
                std::string_view network, Work&& work)
    -> decltype(work(std::declval<store::Transaction&>(), std::declval<MandateRow&>(),
                     std::declval<PersonId>())) {
  MINBEN_TRY(person, proven_holder(session));
  MINBEN_CHECK(take_try(impl, person, network));
  return impl.parts.database.transact(
      [&](store::Transaction& tx) -> decltype(work(tx, std::declval<MandateRow&>(), person)) {
        MINBEN_TRY(row, offer_of(impl, tx, person, code));
        return work(tx, row, person);
      });
}

/// 民法 §550: the death of either ends it; so does an account that is no more.
Result<void> end_all_of(const Mandates::Impl& impl, store::Transaction& tx, PersonId person) {
  MINBEN_TRY(rows, tx.run(lock_all_of, person));
  for (const store::Row found : rows) {
    const MandateRow row = read_mandate(found, impl.now());
    MINBEN_CHECK(end_mandate(impl, tx, row, row.ended_by_clock ? "expired" : "closed", {}));
  }
  return {};
}

/// Written down at the minute, by a job: until then the clock decides, with the same result.
Result<void> write_down_end(const Mandates::Impl& impl, store::Transaction& tx,
                            const store::Job& job) {
  MINBEN_TRY(id, MandateId::parse(job.key));
  MINBEN_TRY(principal, PersonId::parse(string_or(job.payload, "principal")));
  MINBEN_TRY(rows, tx.run(lock_row, principal, id));
  if (rows.empty()) return {};
  const MandateRow row = read_mandate(rows.front(), impl.now());
  if (!row.ended_by_clock) return {};
  return end_mandate(impl, tx, row, "expired", {});
}

}  // namespace

Mandates::Mandates(MandateParts parts) : impl_(std::make_unique<Impl>(std::move(parts))) {
  impl_->parts.identity.on_account_ended(
      [impl = impl_.get()](store::Transaction& tx, PersonId person) {
        return end_all_of(*impl, tx, person);
      });
}
Mandates::~Mandates() = default;

void Mandates::work_in(store::Workers& workers) {
  workers.on(std::string(mandate_end_job), [this](store::Transaction& tx, const store::Job& job) {
    return write_down_end(*impl_, tx, job);
  });
}

// ------------------------------------------------------------------------ granting, accepting

Result<MandateOffer> Mandates::offer(const Session& session, const NewMandate& asked) {
  MINBEN_TRY(principal, principal_of(session));
  MINBEN_CHECK(check(asked));
  const Instant now = impl_->now();
  MINBEN_TRY(end, end_of(asked, now));
  MandateOffer made{MandateId::make(impl_->parts.clock, impl_->parts.random),
                    new_code(impl_->parts.random), now + answer_within};
  Mandate mandate;
  mandate.id = made.id;
  mandate.principal = principal;
  mandate.powers = asked.powers;
  mandate.expires_at = end;
  const Bytes code = lookup_of(*impl_, normal_code(made.code));
  MINBEN_CHECK(impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(impl_->identity().lock_account(tx, principal));
    MINBEN_TRY(present, tx.run(count_open, principal, now));
    if (present.front().integer("open") >= most_open)
      return fail(Kind::too_many, "too_many_mandates");
    std::optional<Bytes> note;
    if (!asked.note.empty()) {
      MINBEN_TRY(sealed, impl_->parts.identity.vault().seal(tx, principal, note_context(made.id),
                                                            asked.note));
      note = std::move(sealed);
    }
    MINBEN_CHECK(tx.run(insert_offer, principal, made.id, asked.powers.services, asked.powers.data,
                        codes_of(asked.powers.only), *session.person(), note, code, now,
                        made.answer_by, end));
    MINBEN_CHECK(plan_end(tx, mandate, std::min(made.answer_by, end)));
    return leave_trace(*impl_, tx, mandate, "offered", *session.person());
  }));
  return made;
}

Result<Mandate> Mandates::find_offer(const Session& session, std::string_view code,
                                     std::string_view remote_address) {
  return with_offer(*impl_, session, code, remote_address,
                    [&](store::Transaction& tx, MandateRow& row, PersonId) -> Result<Mandate> {
                      return with_names(*impl_, tx, std::move(row), false);
                    });
}

Result<MandateId> Mandates::accept(const Session& session, std::string_view code,
                                   std::string_view remote_address) {
  return with_offer(
      *impl_, session, code, remote_address,
      [&](store::Transaction& tx, MandateRow& row, PersonId person) -> Result<MandateId> {
        Mandate& mandate = row.mandate;
        if (mandate.principal == person || row.granted_by == person)
          return fail(Kind::conflict, "own_mandate");
        MINBEN_CHECK(tx.run(accept_offer, mandate.principal, mandate.id, person, impl_->now()));
        MINBEN_TRY(rows, tx.run(lock_row, mandate.principal, mandate.id));
        const MandateRow accepted = read_mandate(rows.front(), impl_->now());
        MINBEN_CHECK(plan_end(tx, accepted.mandate, accepted.mandate.expires_at));
        MINBEN_CHECK(leave_trace(*impl_, tx, accepted.mandate, "accepted", person));
        MINBEN_CHECK(tell_of_mandate(*impl_, tx, accepted.mandate, MandateNews::accepted));
        return mandate.id;
      });
}

Result<void> Mandates::decline(const Session& session, std::string_view code,
                               std::string_view remote_address) {
  return with_offer(*impl_, session, code, remote_address,
                    [&](store::Transaction& tx, MandateRow& row, PersonId) -> Result<void> {
                      // Who declined is not told: a code alone names nobody.
                      return end_mandate(*impl_, tx, row, "declined", {});
                    });
}

Result<void> Mandates::end(const Session& session, MandateId id) {
  MINBEN_TRY(person, proven_holder(session));
  const auto principal = principal_of(session);
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(held, lock_held(*impl_, tx, person, id));
    if (held && held->mandate.state == MandateState::ended) return {};
    if (held) return end_mandate(*impl_, tx, *held, "renounced", person);
    if (!principal) return no_such_mandate();
    MINBEN_TRY(given, tx.run(lock_row, *principal, id));
    if (given.empty()) return no_such_mandate();
    const MandateRow row = read_mandate(given.front(), impl_->now());
    if (row.mandate.state == MandateState::ended) return {};
    if (row.mandate.kind != MandateKind::granted) return fail(Kind::forbidden, "by_register");
    return end_mandate(*impl_, tx, row, "withdrawn", person);
  });
}

// ------------------------------------------------------------------------------------ looking

namespace {

Result<std::vector<Mandate>> read_list(const Mandates::Impl& impl, store::Transaction& tx,
                                       const store::Rows& rows, bool for_principal) {
  std::vector<Mandate> list;
  for (const store::Row row : rows) {
    MINBEN_TRY(mandate, with_names(impl, tx, read_mandate(row, impl.now()), for_principal));
    list.push_back(std::move(mandate));
  }
  return list;
}

}  // namespace

Result<std::vector<Mandate>> Mandates::given_by(store::Transaction& tx, PersonId principal) const {
  MINBEN_TRY(rows, tx.run(list_given, principal, longest_list));
  return read_list(*impl_, tx, rows, true);
}

Result<std::vector<Mandate>> Mandates::held_by(store::Transaction& tx, PersonId holder) const {
  MINBEN_TRY(rows, tx.run(list_held, holder, longest_list));
  return read_list(*impl_, tx, rows, false);
}

namespace {

/// The principal's or the holder's, without opening anybody's name.
Result<MandateRow> row_for(const Mandates::Impl& impl, store::Transaction& tx, PersonId whose,
                           MandateId id) {
  MINBEN_TRY(given, tx.run(find_given, whose, id));
  if (!given.empty()) return read_mandate(given.front(), impl.now());
  MINBEN_TRY(held, tx.run(find_held, whose, id));
  if (held.empty()) return no_such_mandate();
  return read_mandate(held.front(), impl.now());
}

}  // namespace

Result<Mandate> Mandates::find(store::Transaction& tx, PersonId whose, MandateId id) const {
  MINBEN_TRY(row, row_for(*impl_, tx, whose, id));
  const bool for_principal = row.mandate.principal == whose;
  return with_names(*impl_, tx, std::move(row), for_principal);
}

Result<std::vector<MandateEvent>> Mandates::events(store::Transaction& tx, PersonId whose,
                                                   MandateId id) const {
  MINBEN_TRY(found, row_for(*impl_, tx, whose, id));
  MINBEN_TRY(rows, tx.run(list_events, found.mandate.principal, id));
  std::vector<MandateEvent> events;
  for (const store::Row row : rows)
    events.push_back({static_cast<int>(row.integer("sequence")), row.text("event"),
                      row.instant("at"),
                      row.is_null("actor_id") ? PersonId{} : row.id<PersonId>("actor_id")});
  return events;
}

Result<std::string> Mandates::receipt(store::Transaction& tx, const ledger::Logs& logs,
                                      PersonId whose, MandateId id, int sequence) const {
  MINBEN_TRY(found, row_for(*impl_, tx, whose, id));
  const PersonId principal_id = found.mandate.principal;
  MINBEN_TRY(rows, tx.run(find_event, principal_id, id, sequence));
  if (rows.empty()) return fail(Kind::not_found, "no_such_event");
  const store::Row row = rows.front();
  const bool principal = whose == principal_id;
  if (!principal && row.is_null("holder_entry_id")) return fail(Kind::not_found, "no_such_event");
  const auto entry = row.id<ledger::EntryId>(principal ? "entry_id" : "holder_entry_id");
  return impl_->parts.commitments.receipt(tx, logs, entry, row.json("content"));
}

}  // namespace minben::identity
