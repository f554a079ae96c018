#pragma once
// Private to this room: rows of mandates and what every change of one leaves behind.
#include "impl.hpp"
#include "mandates.hpp"

namespace minben::identity {

struct Mandates::Impl {
  explicit Impl(MandateParts given) : parts(std::move(given)) {}
  MandateParts parts;

  [[nodiscard]] const Identity::Impl& identity() const { return *parts.identity.impl_; }
  [[nodiscard]] Instant now() const { return parts.clock.now(); }
};

/// A stored mandate, without names.
struct MandateRow {
  Mandate mandate;
  PersonId granted_by;
  Bytes note;
  std::optional<Instant> answer_by, checked_at;
  bool ended_by_clock = false;  ///< and nobody has written it down yet
};

MandateRow read_mandate(const store::Row& row, Instant now);

/// Locked; nothing when this person holds no such mandate.
Result<std::optional<MandateRow>> lock_held(const Mandates::Impl& impl, store::Transaction& tx,
                                            PersonId holder, MandateId id);

std::string note_context(MandateId id);
/// With names; the note only for the principal.
Result<Mandate> with_names(const Mandates::Impl& impl, store::Transaction& tx, MandateRow row,
                           bool for_principal);

/// Event and commitments; `actor` nil: the registers, or the clock.
Result<void> leave_trace(const Mandates::Impl& impl, store::Transaction& tx, const Mandate& mandate,
                         std::string_view event, PersonId actor);
/// Writes the end down, with its trace and mails to both.
Result<void> end_mandate(const Mandates::Impl& impl, store::Transaction& tx, const MandateRow& row,
                         std::string_view reason, PersonId actor);
Result<void> plan_end(store::Transaction& tx, const Mandate& mandate, Instant at);
inline constexpr std::string_view mandate_end_job = "identity.mandate_ends";

/// What all calls of Mandates ask of a session.
Result<PersonId> proven_holder(const Session& session);

enum class MandateNews { accepted, ended };
/// To the principal and the holder, as far as they have an address.
Result<void> tell_of_mandate(const Mandates::Impl& impl, store::Transaction& tx,
                             const Mandate& mandate, MandateNews news);

}  // namespace minben::identity
