#pragma once
#include <string>
#include <string_view>

#include "identity/identity.hpp"

namespace minben::casework {

/// The mail about an event ("submitted", "supplement", "approved" …), without receiver. Says which
/// application and where to read on, and nothing that is personal: mailboxes are not ours.
identity::OutgoingMail mail_about(std::string_view what, Language language,
                                  std::string_view service, std::string_view number,
                                  std::string_view link);

}  // namespace minben::casework
