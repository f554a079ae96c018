#pragma once
// Private: what the sign-in page shows of mobile approval, and of health card and household number.
#include "parts.hpp"

namespace minben::citizen {

/// Nothing where the platform does not offer them.
void mobile_block(Writer& page, const Parts& parts, const Visit& visit);
void papers_block(Writer& page, const Parts& parts, const Visit& visit);
void add_sign_in_mobile(Pages& pages);
void add_sign_in_papers(Pages& pages);

/// What a code of an error says, in the words of messages/mobile.toml.
std::string mobile_refusal(Language language, std::string_view code);
/// A page of either with what was wrong about one of its fields.
Frame method_frame(const Visit& visit, std::string_view title, std::string_view error,
                   std::string_view field);

}  // namespace minben::citizen
