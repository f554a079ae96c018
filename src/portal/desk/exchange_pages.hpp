#pragma once
// Private: what the pages for officers of the exchange share.
#include "messages/exchange.hpp"
#include "parts.hpp"
#include "registry/registry.hpp"

namespace minben::desk {

/// /desk/exchange and below.
Url exchange_url(const Visit& visit, std::initializer_list<std::string_view> more = {});
/// Trail: exchange → title, unless this is the exchange's first page.
Frame exchange_frame(const Visit& visit, std::string_view title);

/// Changes need a passkey: nothing when the officer signed in with one.
std::optional<net::Response> without_passkey(const Visit& visit);

/// Who did something, as far as colleagues know the name.
std::string who_acted(Language language, const Names& names, const std::optional<OfficerId>& by);
void request_state_tag(Writer& page, Language language, registry::RequestState state);
/// The error's sentence, and its detail, which is English.
std::string cause_text(Language language, const Error& error);

/// The only file of the form; "" when none was chosen. At most `most` bytes.
Result<std::string> uploaded_text(const Visit& visit, std::size_t most);
/// A field of a form, with what is wrong with what was typed into it, if anything is.
page::Field field_with_error(std::string_view name, std::string_view label, std::string_view hint,
                             std::span<const page::ErrorLine> errors);
/// Of all members, as text.
std::vector<std::string> subsystem_ids(const exchange::Configuration& now);
/// What stands between commas, trimmed; empty parts are left out.
std::vector<std::string> comma_list(std::string_view text);

void add_exchange_requests(Pages& pages);
void add_exchange_members(Pages& pages);
void add_exchange_services(Pages& pages);
void add_exchange_rules(Pages& pages);
void add_exchange_groups(Pages& pages);

}  // namespace minben::desk
