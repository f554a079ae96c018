#pragma once
// Private: what the sign-in page shows of citizen certificates.
#include "parts.hpp"

namespace minben::citizen {

/// Nothing where the platform does not offer them.
void certificate_block(Writer& page, const Parts& parts, const Visit& visit);
void add_sign_in_certificate(Pages& pages);

}  // namespace minben::citizen
