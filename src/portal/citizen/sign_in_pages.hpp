#pragma once
// Private: the sign-in page and its parts, a file each.
#include "page/page.hpp"

namespace minben::citizen {

/// For those who watch over the platform: what was refused, and nothing of who asked.
void note_refusal(std::string_view method, const Error& error);

/// The page where one chooses how to sign in, with an error on top (status 422).
net::Response sign_in_page_with(const page::Visit& visit, const page::ErrorLine& error);

/// Says that somebody has come back from another provider and is nobody's here yet.
void elsewhere_waiting(page::Writer& page, const page::Visit& visit);
/// Citizen certificates; nothing where the platform does not offer them.
void certificate_part(page::Writer& page, const page::Visit& visit);
/// Mobile approval, and health card and household number; likewise.
void mobile_part(page::Writer& page, const page::Visit& visit);
void papers_part(page::Writer& page, const page::Visit& visit);
/// Other OpenID providers; nothing where there are none.
void elsewhere_part(page::Writer& page, const page::Visit& visit);

}  // namespace minben::citizen
