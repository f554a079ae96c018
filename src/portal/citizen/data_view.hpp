#pragma once
// Private: what the pages about data requests share.
#include "messages/data_requests.hpp"
#include "mydata/requests.hpp"
#include "parts.hpp"

namespace minben::citizen {

Frame data_frame(const Visit& visit, std::string_view title);
/// The item's title in the catalogue; its id when it is no longer there.
std::string item_title(const Parts& parts, Language language, const mydata::RequestItem& item);
void item_tag(Writer& page, Language language, mydata::ItemState state);
/// What the code says to the person.
std::string_view code_text(Language language, int code);

}  // namespace minben::citizen
