// Workbooks and archives, made here part by part.
#include "packing.hpp"
#include "serial.hpp"
#include "support.hpp"

namespace minben::intake::test {
namespace {

std::vector<Packed> workbook(const std::string& sheet) {
  return {
      {"[Content_Types].xml", "<Types/>"},
      {"xl/workbook.xml",
       R"(<workbook xmlns:r="r"><sheets><sheet name="說明" sheetId="1" r:id="rId1"/>
          <sheet name="資料" sheetId="2" r:id="rId2"/><sheet name="藏" state="hidden" r:id="rId3"/></sheets></workbook>)"},
      {"xl/_rels/workbook.xml.rels",
       R"(<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>
          <Relationship Id="rId2" Target="/xl/worksheets/sheet2.xml"/>
          <Relationship Id="rId3" Target="worksheets/sheet3.xml"/></Relationships>)"},
      {"xl/styles.xml",
       R"(<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-404]e&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>
          <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
          <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="3"/></cellXfs></styleSheet>)"},
      {"xl/sharedStrings.xml",
       R"(<sst><si><t>名稱</t></si><si><r><t>甲</t></r><r><t>站</t></r><rPh><t>ㄐㄧㄚˇ</t></rPh></si><si><t>乙站, 二</t></si></sst>)"},
      {"xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"},
      {"xl/worksheets/sheet2.xml", sheet},
      {"xl/worksheets/sheet3.xml", std::string(5000, ' ')}};
}

TEST(Xlsx, ValuesAreWhatTheSheetShows) {
  Prepare prepare;
  const auto made = prepare.bytes(zip(workbook(
      R"(<worksheet><sheetData>
         <row r="1"><c r="A1" t="inlineStr"><is><t>各站資料</t></is></c></row>
         <row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="str"><v>啟用</v></c><c r="C2" t="str"><v>更新</v></c><c r="D2" t="str"><v>時間</v></c><c r="E2" t="str"><v>值</v></c><c r="F2" t="str"><v>開</v></c></row>
         <row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" s="1"><v>46356</v></c><c r="C3" s="2"><v>46356</v></c><c r="D3" s="3"><v>46356.586909722</v></c><c r="E3" s="4"><v>0.10000000000000001</v></c><c r="F3" t="b"><v>1</v></c></row>
         <row r="5"><c r="A5" t="s"><v>2</v></c><c r="E5"><v>1234</v></c><c r="F5" t="e"><v>#N/A</v></c></row>
         </sheetData><mergeCells><mergeCell ref="A1:F1"/></mergeCells></worksheet>)")));
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::xlsx);
  EXPECT_EQ(made->inspection.layer, "資料");
  const std::optional<std::string> none;
  EXPECT_EQ(read_back(*made),
            (Table{{"甲站", "2026-11-30", "2026-11-30", "2026-11-30 14:05:09", "0.1", "true"},
                   {"乙站, 二", none, none, none, "1234", none}}));
  EXPECT_EQ(type_of(*made, "更新"), Type::date);
  EXPECT_EQ(type_of(*made, "時間"), Type::timestamp);
  EXPECT_EQ(repairs_text(*made), "merged_cells 1, other_sheets 1, title_line 1");
}

TEST(Xlsx, FormatsThatAreDates) {
  EXPECT_EQ(shown_as(14), Shown::date);
  EXPECT_EQ(shown_as(27), Shown::date);
  EXPECT_EQ(shown_as(3), Shown::number);
  EXPECT_EQ(shown_as("General"), Shown::number);
  EXPECT_EQ(shown_as("0.00E+00"), Shown::number);
  EXPECT_EQ(shown_as("#,##0\"days\""), Shown::number);
  EXPECT_EQ(shown_as("[Red]0.00;[Blue]-0.00"), Shown::number);
  EXPECT_EQ(shown_as("yyyy/mm/dd hh:mm"), Shown::date_time);
  EXPECT_EQ(shown_as("[$-404]e/m/d"), Shown::date);
  EXPECT_EQ(shown_as("[h]:mm"), Shown::time);
  EXPECT_EQ(serial_text(1, Shown::date, false), "1900-01-01");
  EXPECT_EQ(serial_text(61, Shown::date, false), "1900-03-01");
  EXPECT_EQ(serial_text(0.5, Shown::time, false), "12:00:00");
  EXPECT_EQ(serial_text(44894, Shown::date, true), "2026-11-30");
  EXPECT_EQ(serial_text(-3, Shown::date, false), "-3");
}

TEST(Ods, RepeatedCellsAndRowsAreThere) {
  Prepare prepare;
  const auto made = prepare.bytes(zip(
      {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
       {"content.xml",
        R"(<o:document-content xmlns:o="o" xmlns:table="t" xmlns:text="x"><o:body><o:spreadsheet>
        <table:table table:name="空"/>
        <table:table table:name="資料"><table:table-row>
          <table:table-cell o:value-type="string"><text:p>名稱</text:p></table:table-cell>
          <table:table-cell o:value-type="string"><text:p>甲</text:p></table:table-cell>
          <table:table-cell o:value-type="string"><text:p>日期</text:p></table:table-cell>
          <table:table-cell table:number-columns-repeated="16000"/></table:table-row>
        <table:table-row><table:table-cell o:value-type="string"><text:p>一</text:p><text:p>二<text:s text:c="2"/>三</text:p><o:annotation><text:p>註</text:p></o:annotation></table:table-cell>
          <table:table-cell o:value-type="float" o:value="5"><text:p>5.00</text:p></table:table-cell>
          <table:table-cell o:value-type="date" o:date-value="2026-11-30"><text:p>115/11/30</text:p></table:table-cell></table:table-row>
        <table:table-row table:number-rows-repeated="2"><table:table-cell o:value-type="string"><text:p>x</text:p></table:table-cell>
          <table:table-cell o:value-type="float" o:value="7"/><table:table-cell/></table:table-row>
        <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        </table:table></o:spreadsheet></o:body></o:document-content>)"}}));
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.format, Format::ods);
  EXPECT_EQ(made->inspection.layer, "資料");
  const std::optional<std::string> none;
  EXPECT_EQ(read_back(*made),
            (Table{{"一\n二  三", "5", "2026-11-30"}, {"x", "7", none}, {"x", "7", none}}));
}

TEST(Archives, TheLargestTableInsideIsRead) {
  Prepare prepare;
  const auto made = prepare.bytes(zip({{"讀我.pdf", "%PDF-1.7 " + std::string(9000, 'x')},
                                       {"小.csv", "a,b\n1,2\n"},
                                       {"資料/大.csv", "縣市,數\n臺北市,12\n臺東縣,13\n"}}));
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.layer, "資料/大.csv");
  EXPECT_FALSE(made->original);
  EXPECT_EQ(made->rows, 2);
  EXPECT_EQ(repairs_text(*made), "other_files 1");
  const auto none = prepare.bytes(zip({{"a.pdf", "%PDF-1.7"}}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "not_a_table");
}

TEST(Archives, BombsAndDamageAreRefused) {
  Prepare prepare;
  const std::string zeros(64u << 20, ' ');
  const auto bomb = prepare.bytes(zip({{"a.csv", "a,b\n1," + zeros + "\n"}}));
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error().kind, Kind::too_large);
  EXPECT_EQ(bomb.error().code, "archive_too_large");
  const auto book = prepare.bytes(zip(workbook("<worksheet>" + zeros + "</worksheet>")));
  ASSERT_FALSE(book);
  EXPECT_EQ(book.error().code, "archive_too_large");
  std::string damaged = zip({{"a.csv", "a,b\n" + std::string(1000, '1') + ",2\n"}});
  damaged[60] = static_cast<char>(damaged[60] ^ 0xff);
  const auto broken = prepare.bytes(damaged);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, "not_a_table");
  const auto cut = prepare.bytes(zip({{"a.csv", "a,b\n1,2\n"}}).substr(0, 50));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, "not_a_table");
}

}  // namespace
}  // namespace minben::intake::test
