#pragma once
#include "identity.hpp"

namespace minben::identity {

/// The mail that carries a sign-in code.
OutgoingMail code_mail(std::string_view to, std::string_view platform, std::string_view code,
                       minutes lifetime, Language language);

}  // namespace minben::identity
