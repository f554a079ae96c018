#pragma once
// Ways back for somebody who lost all passkeys and what else takes two factors. See Identity for
// what is done with them.
#include <optional>
#include <string>

#include "core/core.hpp"

namespace minben::identity {

using RecoveryId = Id<struct RecoveryTag>;
using EnrolmentId = Id<struct EnrolmentTag>;

/// Under way for a person who lost all passkeys. Everybody who reads the person's mail learns of it
/// when it begins and again a day before it opens; any session of the person can stop it.
struct Recovery {
  RecoveryId id;
  Instant started_at{};
  Instant opens_at{};   ///< from here on one new passkey may be enrolled after a sign-in by code …
  Instant closes_at{};  ///< … until here
};

/// A team lead's leave for an officer who lost all passkeys to enrol one new one.
struct Enrolment {
  EnrolmentId id;
  OfficerId officer;
  OfficerId allowed_by;
  Instant allowed_at{};
  Instant expires_at{};
  std::optional<Instant> ended_at;
  std::string outcome;  ///< once ended: "used", "withdrawn", "expired"
  [[nodiscard]] bool open(Instant now) const { return !ended_at && now < expires_at; }
};

/// What a session may do about passkeys.
enum class Enrolling {
  another,  ///< add one: the account has none yet, or the session was made with two factors
  anew,     ///< enrol one in place of all the others, bindings too: after a recovery, or with a
            ///< lead's leave
  refused,  ///< neither: a mailbox alone must not add keys to an account that has one
};

}  // namespace minben::identity
