#pragma once
// Private: a team lead's page about colleagues who lost their passkeys.
#include "parts.hpp"

namespace minben::desk {

void add_colleagues(Pages& pages);
/// {enrolment} is withdrawn, by its officer or a lead.
Result<net::Response> withdraw_leave(const Parts& parts, const Visit& visit, const Url& next);

}  // namespace minben::desk
