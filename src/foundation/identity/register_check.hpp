#pragma once
// The question to the state's registers whether somebody is who they say, as the first use of a way
// to sign in asks it. The composition root knows how it gets there.
#include <functional>
#include <optional>
#include <string>

#include "core/core.hpp"
#include "identity/bindings.hpp"

namespace minben::identity {

/// What somebody says of themselves: two things that others seldom know together. One alone is
/// never confirmed.
struct RegisterQuestion {
  std::string national_id;       ///< 國民身分證統一編號
  std::string household_number;  ///< 戶號, on the household certificate and the card's back
  /// 健保卡卡號; "" = the health insurance is not asked. One of a card that is in force.
  std::string health_card_number{};
  Language language = Language::zh_hant;  ///< of the entry, for an account that is made then
  /// Whose list of uses the question shows in, when the account is known.
  std::optional<PersonId> person{};
};

/// Upper case, without white space and hyphens. Invalid "national_id" (a letter, 1 or 2 and eight
/// digits, the last of which checks the others), "household_number" (eight letters or digits) or
/// "health_card_number" (twelve digits), with that as the field: said before anybody is asked, so
/// that a slip of the pen does not count as a try.
Result<RegisterQuestion> normal_question(RegisterQuestion question);

/// Nothing when they do not agree, without saying in what, or whether there is such a person. Takes
/// alike long in each case. Errors: those of normal_question(); forbidden "deceased" when all that
/// the household register was asked is right and the person has died; unavailable
/// "register_unavailable". Thread-safe, blocking.
using RegisterCheck =
    std::function<Result<std::optional<RegisterEntry>>(const RegisterQuestion& question)>;

}  // namespace minben::identity
