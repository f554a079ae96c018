#include "markdown.hpp"

#include <algorithm>
#include <memory>

#include <cmark.h>

namespace minben::open {

namespace {

using page::Url;
using page::when;
using page::Writer;

constexpr std::size_t longest = 64u << 10;

struct Free {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
  void operator()(cmark_iter* iter) const { cmark_iter_free(iter); }
};
using Document = std::unique_ptr<cmark_node, Free>;
using Walk = std::unique_ptr<cmark_iter, Free>;

Document parsed(std::string_view text) {
  text = text.substr(0, longest);
  return Document(cmark_parse_document(text.data(), text.size(), CMARK_OPT_VALIDATE_UTF8));
}

std::string_view literal(cmark_node* node) {
  const char* text = cmark_node_get_literal(node);
  return text ? std::string_view(text) : std::string_view();
}

class Writing {
 public:
  Writing(Writer& page, int heading_level) : page_(page), level_(heading_level) {}

  void step(cmark_node* node, bool entering) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_PARAGRAPH:
        return paragraph(node, entering);
      case CMARK_NODE_HEADING:
        return heading(node, entering);
      case CMARK_NODE_LIST:
        return list(node, entering);
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE:
        return link(node, entering);
      case CMARK_NODE_ITEM:
        if (entering) page_ << "<li>";
        else page_ << "</li>";
        return;
      case CMARK_NODE_BLOCK_QUOTE:
        if (entering) page_ << "<blockquote class=\"govuk-inset-text\">";
        else page_ << "</blockquote>";
        return;
      case CMARK_NODE_EMPH:
        if (entering) page_ << "<em>";
        else page_ << "</em>";
        return;
      case CMARK_NODE_STRONG:
        if (entering) page_ << "<strong>";
        else page_ << "</strong>";
        return;
      default:
        if (entering) leaf(node);
    }
  }

 private:
  void leaf(cmark_node* node) {
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_TEXT:
        page_ << literal(node);
        return;
      case CMARK_NODE_CODE:
        page_ << "<code class=\"mb-code\">" << literal(node) << "</code>";
        return;
      case CMARK_NODE_CODE_BLOCK:
        page_ << "<pre class=\"mb-code-block\" tabindex=\"0\"><code>" << literal(node)
              << "</code></pre>";
        return;
      case CMARK_NODE_SOFTBREAK:
      case CMARK_NODE_LINEBREAK:
        page_ << "<br>";
        return;  // agencies write lines, not paragraphs
      case CMARK_NODE_THEMATIC_BREAK:
        page_ << "<hr class=\"govuk-section-break govuk-section-break--visible\">";
        return;
      case CMARK_NODE_HTML_BLOCK:  // as text: it escapes
        page_ << "<p class=\"govuk-body\">" << trim(literal(node)) << "</p>";
        return;
      case CMARK_NODE_HTML_INLINE:
        page_ << literal(node);
        return;  // as text: it escapes
      default:
        return;
    }
  }
  void paragraph(cmark_node* node, bool entering) {
    cmark_node* above = cmark_node_parent(node);
    cmark_node* list = above ? cmark_node_parent(above) : nullptr;
    if (list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list))
      return;
    if (entering) page_ << "<p class=\"govuk-body\">";
    else page_ << "</p>";
  }
  void heading(cmark_node* node, bool entering) {
    switch (std::min(6, level_ - 1 + cmark_node_get_heading_level(node))) {
      case 2:
        return tag(entering, "<h2 class=\"govuk-heading-m\">", "</h2>");
      case 3:
        return tag(entering, "<h3 class=\"govuk-heading-s\">", "</h3>");
      case 4:
        return tag(entering, "<h4 class=\"govuk-heading-s\">", "</h4>");
      default:
        return tag(entering, "<p class=\"govuk-body\"><strong>", "</strong></p>");
    }
  }
  void list(cmark_node* node, bool entering) {
    if (cmark_node_get_list_type(node) == CMARK_ORDERED_LIST)
      return tag(entering, "<ol class=\"govuk-list govuk-list--number\">", "</ol>");
    tag(entering, "<ul class=\"govuk-list govuk-list--bullet\">", "</ul>");
  }
  void link(cmark_node* node, bool entering) {
    const char* address = cmark_node_get_url(node);
    const auto url = Url::published(address ? address : "");
    if (!url) return;  // its words stay
    if (entering)
      page_ << "<a class=\"govuk-link\" rel=\"noopener noreferrer nofollow\" href=\"" << *url
            << "\">";
    else page_ << "</a>";
  }
  void tag(bool entering, page::Markup open, page::Markup close) {
    page_ << (entering ? open : close);
  }

  Writer& page_;
  int level_;
};

}  // namespace

void markdown(Writer& page, std::string_view text, int heading_level) {
  const Document document = parsed(text);
  if (!document) return;
  const Walk walk(cmark_iter_new(document.get()));
  Writing writing(page, heading_level);
  for (cmark_event_type event; (event = cmark_iter_next(walk.get())) != CMARK_EVENT_DONE;)
    writing.step(cmark_iter_get_node(walk.get()), event == CMARK_EVENT_ENTER);
}

std::string plain_text(std::string_view text, std::size_t most_characters) {
  const Document document = parsed(text);
  std::string out;
  if (!document) return out;
  const Walk walk(cmark_iter_new(document.get()));
  for (cmark_event_type event; (event = cmark_iter_next(walk.get())) != CMARK_EVENT_DONE;) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* node = cmark_iter_get_node(walk.get());
    const auto type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) out += literal(node);
    else if (!out.empty() && out.back() != ' ') out += ' ';
    if (out.size() > 4 * most_characters) break;
  }
  std::size_t end = 0;
  for (std::size_t characters = 0; end < out.size(); ++end) {
    if ((static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) continue;
    if (characters++ == most_characters) break;
  }
  const bool cut = end < out.size();
  out.resize(end);
  return std::string(trim(out)) + (cut ? "…" : "");
}

}  // namespace minben::open
