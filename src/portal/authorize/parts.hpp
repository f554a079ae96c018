#pragma once
// Private: what the pages share.
#include "authorize.hpp"
#include "messages/common.hpp"
#include "messages/openid.hpp"

namespace minben::authorize {

using page::Frame;
using page::Size;
using page::Url;
using page::Visit;
using page::Writer;

struct Parts : Dependencies {};
using Pages = page::PagesOf<Parts>;

void add_consent(Pages& pages);
void add_sign_out(Pages& pages);
void add_systems(Pages& pages);

std::string_view scope_text(Language language, std::string_view scope);
/// As bullet points.
void scope_list(Writer& page, Language language, const std::vector<std::string>& scopes);

/// Nobody may frame the page, and its forms may lead on to this one other site ("" = to none).
void guard_page(net::Response& response, std::string_view leads_to);

/// For the person, where it is not known to which client the error could go.
net::Response broken_page(const Visit& visit, const Error& error);

}  // namespace minben::authorize
