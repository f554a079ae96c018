#pragma once
// Private: the pages below /account.
#include "parts.hpp"

namespace minben::citizen {

/// With the way back to the account.
Frame account_frame(const Visit& visit, std::string_view title);

void add_profile(Pages& pages);
void add_email(Pages& pages);
void add_passkeys(Pages& pages);
void add_recovery(Pages& pages);
void add_methods(Pages& pages);

void methods_part(Writer& page, const Parts& parts, const Visit& visit,
                  std::span<const identity::Binding> bindings);
/// One button that ends all sessions, this one too.
void everywhere_part(Writer& page, const Visit& visit);

/// The part of the account page about a recovery that is under way; nothing when there is none.
void recovery_part(Writer& page, const Visit& visit);

}  // namespace minben::citizen
