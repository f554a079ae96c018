#include "tables.hpp"

namespace minben::citizen {

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (const std::string_view line : split(text, '\n'))
    if (!trim(line).empty()) lines.push_back(trim(line));
  return lines;
}

void body_row(page::Writer& rows, std::string_view line) {
  page::row(rows, [&](page::Writer& cells) {
    bool first = true;
    for (const std::string_view part : split(line, '|')) {
      if (first) page::head_cell(cells, trim(part));
      else page::cell(cells, trim(part), true);
      first = false;
    }
  });
}

}  // namespace

void text_table(page::Writer& page, std::string_view caption, std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.empty()) return;
  std::vector<page::Column> columns;
  for (const std::string_view part : split(lines.front(), '|'))
    columns.push_back({std::string(trim(part)), !columns.empty()});
  page::table(page, caption, columns,
              [&](page::Writer& rows) {
                for (std::size_t i = 1; i < lines.size(); ++i) body_row(rows, lines[i]);
              },
              {.caption_hidden = true});
}

void text_list(page::Writer& page, std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.size() == 1) return page::paragraph(page, lines.front());
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const std::string_view line : lines) page << "<li>" << line << "</li>";
  page << "</ul>";
}

}  // namespace minben::citizen
