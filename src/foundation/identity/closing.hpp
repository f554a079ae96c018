#pragma once
// Accounts of people who have died, as the household register says. See Identity for what is done
// with them.
#include <optional>
#include <string>
#include <string_view>

#include "core/core.hpp"

namespace minben::identity {

using ClosingId = Id<struct ClosingTag>;

/// What the household register told of somebody.
struct LifeEvent {
  std::string id;           ///< the same event may be told more than once
  std::string national_id;  ///< of anybody, with an account or without
  bool deceased = true;     ///< false: it was a mistake, the person lives
};

/// Why an account was closed or opened.
namespace closing_cause {
inline constexpr std::string_view register_event = "register_event";  ///< the register told
inline constexpr std::string_view register_answer =
    "register_answer";  ///< the register answered a question about who somebody is
inline constexpr std::string_view officer = "officer";  ///< who found that the register was wrong
}  // namespace closing_cause

/// An account was closed, or opened again.
struct ClosingChange {
  ClosingId id;
  PersonId person;
  bool closed = true;
  std::string_view cause;
  std::optional<OfficerId> officer{};
};

/// A closed account as an officer sees it: nothing that it holds.
struct ClosedAccount {
  PersonId person;
  Instant closed_at{};
};

}  // namespace minben::identity
