// CSV as agencies publish it: one test for each trap.
#include "support.hpp"

namespace minben::intake::test {
namespace {

TEST(Csv, ARegularFileIsUsedAsItStands) {
  Prepare prepare;
  const auto made = prepare.bytes(
      "縣市,人口,比率,日期\n臺北市,2500000,1.5,2026-11-30\n"
      "臺東縣,210000,0.25,2026-12-01\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_TRUE(made->original);
  EXPECT_TRUE(made->proven);
  EXPECT_FALSE(made->quoted);
  EXPECT_EQ(made->rows, 2);
  EXPECT_EQ(made->skip_lines, 1);
  EXPECT_EQ(type_of(*made, "縣市"), Type::text);
  EXPECT_EQ(column(*made, "縣市").role, Role::county_name);
  EXPECT_EQ(type_of(*made, "人口"), Type::integer);
  EXPECT_EQ(column(*made, "人口").role, Role::measure);
  EXPECT_EQ(type_of(*made, "比率"), Type::number);
  EXPECT_EQ(type_of(*made, "日期"), Type::date);
  EXPECT_EQ(repairs_text(*made), "");
}

TEST(Csv, AMarkAndCarriageReturnsAndQuotesAreNoReasonToRewrite) {
  Prepare prepare;
  const auto made = prepare.bytes("\xef\xbb\xbf名稱,\"說明\"\r\n甲,\"一, 二\n三 \"\"四\"\"\"\r\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_TRUE(made->original);
  EXPECT_TRUE(made->crlf);
  EXPECT_TRUE(made->quoted);
  EXPECT_EQ(made->inspection.columns[0].name, "名稱");
  EXPECT_EQ(read_back(*made), (Table{{"甲", "一, 二\n三 \"四\""}}));
}

TEST(Csv, Big5IsReadWhateverIsDeclared) {
  Prepare prepare;
  prepare.hints.encoding = "UTF-8";
  // 許功蓋: each second byte is a backslash
  const auto made = prepare.bytes(
      "\xbf\xa4\xa5\xab,\xa4\x48\xbc\xc6\n\xbb\x4f\xa5\x5f\xa5\xab,12\n"
      "\xb3\x5c\xa5\x5c\xbb\x5c,7\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.encoding, "Big5");
  EXPECT_FALSE(made->original);
  EXPECT_EQ(made->inspection.columns[0].name, "縣市");
  EXPECT_EQ(read_back(*made), (Table{{"臺北市", "12"}, {"許功蓋", "7"}}));
  EXPECT_EQ(repairs_text(*made), "encoding_mismatch 1");
}

TEST(Csv, HongKongAndUserDefinedCharactersAreKept) {
  Prepare prepare;
  const auto made = prepare.bytes("\xa6\x57,n\n\xfb\xaf\xa9\x4d,1\n\x88\x62,2\n\x82\x57,3\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.encoding, "Big5-HKSCS");
  const Table table = read_back(*made);
  EXPECT_EQ(table[0][0], "浱和");
  EXPECT_EQ(table[1][0], "\u00ca\u0304");  // one code of Big5, two characters of Unicode
  EXPECT_EQ(table[2][0], "\uef6c");        // of the private-use area, as in code page 950
  EXPECT_EQ(repaired(*made, "hkscs_characters"), 2);
  EXPECT_EQ(repaired(*made, "user_defined_characters"), 1);
  EXPECT_EQ(repaired(*made, "bad_bytes"), 0);
}

TEST(Csv, Utf16IsReadWithAndWithoutMark) {
  const std::u16string text = u"縣市,人數\n臺北市,12\n𠮷野,7\n";
  std::string little, big;
  for (const char16_t unit : text) {
    little += {static_cast<char>(unit & 0xff), static_cast<char>(unit >> 8)};
    big += {static_cast<char>(unit >> 8), static_cast<char>(unit & 0xff)};
  }
  const Table expected{{"臺北市", "12"}, {"𠮷野", "7"}};
  for (const auto& [bytes, encoding] : {std::pair{"\xff\xfe" + little, "UTF-16LE"},
                                        {"\xfe\xff" + big, "UTF-16BE"},
                                        {little, "UTF-16LE"},
                                        {big, "UTF-16BE"}}) {
    Prepare prepare;
    const auto made = prepare.bytes(bytes);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(made->inspection.encoding, encoding);
    EXPECT_EQ(read_back(*made), expected);
  }
}

TEST(Csv, BadBytesAreCountedAndReplaced) {
  Prepare prepare;
  const auto made = prepare.bytes("名稱,數\n台北\xe5\x8f,1\n高雄,2\n花\xff蓮,3\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.encoding, "UTF-8");
  EXPECT_EQ(repaired(*made, "bad_bytes"), 2);
  EXPECT_EQ(read_back(*made), (Table{{"台北\ufffd", "1"}, {"高雄", "2"}, {"花\ufffd蓮", "3"}}));
}

TEST(Csv, LinesOfAnotherEncodingAreReadAsSuch) {
  Prepare prepare;
  const auto made =
      prepare.bytes("縣市,數\n臺北市,1\n高雄市,2\n\xbb\x4f\xaa\x46\xbf\xa4,3\n花蓮縣,4\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made)[2][0], "臺東縣");
  EXPECT_EQ(repairs_text(*made), "mixed_encoding 1");
}

TEST(Csv, NulBytesAreLeftOut) {
  Prepare prepare;
  const auto made = prepare.bytes(std::string_view("a,b\n1,x\0y\n2,z\n", 14));
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"1", "xy"}, {"2", "z"}}));
  EXPECT_EQ(repaired(*made, "nul_bytes"), 1);
}

TEST(Csv, SeparatorsAreFound) {
  for (const char separator : {',', ';', '\t', '|'}) {
    Prepare prepare;
    std::string text = "名稱,地址,人數\n甲,\"一, 二; 三| 四\t五\",1\n乙,六,2\n";
    std::ranges::replace(text, ',', separator);
    const auto made = prepare.bytes(text);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(made->inspection.separator, separator);
    EXPECT_EQ(made->separator, separator);
    EXPECT_TRUE(made->original);
    EXPECT_EQ(made->rows, 2);
    EXPECT_EQ(type_of(*made, "人數"), Type::integer);
  }
}

TEST(Csv, OneColumnIsATableToo) {
  Prepare prepare;
  const auto made = prepare.bytes("名稱\n甲\n\n乙\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"甲"}, {"乙"}}));
  EXPECT_EQ(repaired(*made, "blank_line"), 1);
}

TEST(Csv, TitlesCommentsAndBlankLinesAreNoRows) {
  Prepare prepare;
  const auto made = prepare.bytes(
      "表一 各縣市人口數\n單位:人,,\n# 資料日期 2026\n縣市,男,女\n臺北市,10,12\n\n# "
      "臺東\n臺東縣,3,4\n總計,13,16\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made),
            (Table{{"臺北市", "10", "12"}, {"臺東縣", "3", "4"}, {"總計", "13", "16"}}));
  EXPECT_EQ(repairs_text(*made), "blank_line 1, comment_line 2, title_line 2");
  EXPECT_EQ(repair(*made, "title_line")->first, 1);
}

TEST(Csv, TitlesAndNotesOfASmallTableAreNotItsShape) {
  Prepare prepare;
  const auto made = prepare.bytes(
      "112年度各區統計表\n單位：人\n區別,男,女\n信義區,1,2\n大安區,4,5\n備註：民政局\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"信義區", "1", "2"}, {"大安區", "4", "5"}}));
  EXPECT_EQ(repairs_text(*made), "note_line 1, title_line 2");
}

TEST(Csv, RowsOfOtherLengthsKeepTheirValues) {
  Prepare prepare;
  const auto made = prepare.bytes("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,\n13,14,15\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.columns[3].name, "column_4");
  const std::optional<std::string> none;
  EXPECT_EQ(read_back(*made), (Table{{"1", "2", "3", none},
                                     {"4", "5", none, none},
                                     {"6", "7", "8", "9"},
                                     {"10", "11", "12", none},
                                     {"13", "14", "15", none}}));
  EXPECT_EQ(repairs_text(*made), "empty_header 1, ragged_row 2, trailing_separator 1");
  EXPECT_EQ(repair(*made, "ragged_row")->first, 3);
}

TEST(Csv, ASecondHeaderLineBecomesLabels) {
  Prepare prepare;
  const auto made = prepare.bytes(
      "鄉鎮市區,交易年月日,總價元\n"
      "The villages and towns urban district,transaction date,total price\n"
      "文山區,1090608,12000000\n中正區,1090701,8000000\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.header_lines, 2);
  EXPECT_EQ(column(*made, "總價元").label, "total price");
  EXPECT_EQ(type_of(*made, "總價元"), Type::integer);
  EXPECT_EQ(type_of(*made, "交易年月日"), Type::date);
  EXPECT_EQ(column(*made, "交易年月日").note, "roc_date");
  EXPECT_EQ(read_back(*made)[0], (std::vector<Value>{"文山區", "2020-06-08", "12000000"}));
}

TEST(Csv, GroupedHeadersGiveNamesOfBothLines) {
  Prepare prepare;
  const auto made = prepare.bytes("縣市,人口,,戶數\n,男,女,\n臺北市,10,12,5\n臺東縣,3,4,2\n");
  ASSERT_TRUE(made) << describe(made.error());
  ASSERT_EQ(made->inspection.columns.size(), 4u);
  EXPECT_EQ(made->inspection.columns[1].name, "人口_男");
  EXPECT_EQ(made->inspection.columns[2].name, "人口_女");
  EXPECT_EQ(made->inspection.columns[3].name, "戶數");
  EXPECT_EQ(made->rows, 2);
}

TEST(Csv, OneOddValueInTheFirstRowIsNoSecondHeader) {
  Prepare prepare;
  const auto made = prepare.bytes("站名,雨量\n甲站,儀器故障\n乙站,1.5\n丙站,2.0\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.header_lines, 1);
  EXPECT_EQ(made->rows, 3);
  EXPECT_EQ(type_of(*made, "雨量"), Type::text);
}

TEST(Csv, NamesAreMadeUsable) {
  Prepare prepare;
  const auto made = prepare.bytes("名稱,,Count,count,2019,2020, \"長\n名\" \n甲,x,1,2,3,4,5\n");
  ASSERT_TRUE(made) << describe(made.error());
  std::vector<std::string> names;
  for (const Column& one : made->inspection.columns) names.push_back(one.name);
  EXPECT_EQ(names[1], "column_2");
  EXPECT_EQ(names[3], "count_2");
  EXPECT_EQ(names[4], "2019");
  EXPECT_EQ(repaired(*made, "empty_header"), 1);
  EXPECT_EQ(repaired(*made, "duplicate_name"), 1);
}

TEST(Csv, YearsAcrossTheTopAreAHeader) {
  Prepare prepare;
  const auto made = prepare.bytes("縣市,2019,2020,2021\n臺北市,10,12,14\n臺東縣,3,4,5\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.columns[1].name, "2019");
  EXPECT_EQ(made->rows, 2);
}

TEST(Csv, AFileWithoutHeaderKeepsItsFirstRow) {
  Prepare prepare;
  const auto made =
      prepare.bytes("臺北市,10,2026-01-01\n臺東縣,3,2026-01-02\n花蓮縣,5,2026-01-03\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.header_lines, 0);
  EXPECT_EQ(made->rows, 3);
  EXPECT_EQ(made->inspection.columns[0].name, "column_1");
  EXPECT_EQ(repaired(*made, "no_header"), 1);
}

TEST(Csv, TheDictionaryNamesAndDescribesColumns) {
  Prepare prepare;
  prepare.hints.dictionary = {{"縣市", "所在縣市"}, {"數", "家數"}};
  const auto bare = prepare.bytes("臺北市,10\n臺東縣,3\n");
  ASSERT_TRUE(bare) << describe(bare.error());
  EXPECT_EQ(bare->rows, 2);
  EXPECT_EQ(column(*bare, "數").label, "家數");
  const auto headed = prepare.bytes("縣市,數\n臺北市,10\n臺東縣,3\n");
  ASSERT_TRUE(headed) << describe(headed.error());
  EXPECT_EQ(headed->rows, 2);
  EXPECT_EQ(column(*headed, "縣市").label, "所在縣市");
}

TEST(Csv, QuotesThatAreNoneAreCharacters) {
  Prepare prepare;
  const auto made = prepare.bytes(
      "名稱,說明,數\n甲,他說\"好\"了,1\n乙,\"她說\"不\"了\",2\n丙,\"沒完,3\n丁,尾,4\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"甲", "他說\"好\"了", "1"},
                                     {"乙", "她說\"不\"了", "2"},
                                     {"丙", "\"沒完", "3"},
                                     {"丁", "尾", "4"}}));
  EXPECT_EQ(repaired(*made, "unclosed_quote"), 1);
  EXPECT_EQ(repaired(*made, "stray_quote"), 2);
}

TEST(Csv, TextsInFormulasAreTexts) {
  Prepare prepare;
  const auto made = prepare.bytes("代號,名,數\n=\"00123\",甲,1\n=\"00,45\",乙,2\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"00123", "甲", "1"}, {"00,45", "乙", "2"}}));
  EXPECT_EQ(repairs_text(*made), "formula_text 2");
}

TEST(Csv, NotesBelowTheTableAreNoRows) {
  Prepare prepare;
  const auto made =
      prepare.bytes("序號,名,數\n1,甲,1\n2,乙,2\n總計,,3\n資料來源：內政部\n備註,,\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->rows, 3);
  EXPECT_EQ(repairs_text(*made), "note_line 2");
  EXPECT_EQ(repair(*made, "note_line")->first, 5);
}

TEST(Csv, FilesPutTogetherRepeatTheirHeader) {
  Prepare prepare;
  const auto made = prepare.bytes("縣市,數\n臺北市,1\n縣市,數\n臺東縣,2\n\x1a");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made), (Table{{"臺北市", "1"}, {"臺東縣", "2"}}));
  EXPECT_EQ(type_of(*made, "數"), Type::integer);
  EXPECT_EQ(repairs_text(*made), "blank_line 1, repeated_header 1");
}

TEST(Csv, CommentsAreTheSameWhenAColumnIsDropped) {
  Prepare prepare;
  const auto made = prepare.bytes("a,b,\n#1,2\n#3,4,\n5,6,\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->rows, 2);
  EXPECT_EQ(read_back(*made), (Table{{"#3", "4"}, {"5", "6"}}));
}

TEST(Csv, AHeaderWithoutRowsIsAnEmptyTable) {
  Prepare prepare;
  const auto made = prepare.bytes("縣市,數\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->rows, 0);
  EXPECT_EQ(made->inspection.columns.size(), 2u);
}

TEST(Csv, LineEndsOfAllKindsEndLines) {
  for (const std::string_view text :
       {"a,b\r1,2\r3,4\r", "a,b\r\n1,2\n3,4\r\n", "a,b\r\r\n1,2\r\r\n3,4\r\r\n", "a,b\n1,2\n3,4"}) {
    Prepare prepare;
    const auto made = prepare.bytes(text);
    ASSERT_TRUE(made) << describe(made.error());
    EXPECT_EQ(read_back(*made), (Table{{"1", "2"}, {"3", "4"}})) << text;
  }
}

TEST(Csv, EmptyIsNullAndQuotedEmptyIsText) {
  Prepare prepare;
  const auto made = prepare.bytes("名稱,備註,數\n甲,,1\n乙,\"\",2\n丙,好,\"\"\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_back(*made),
            (Table{{"甲", std::nullopt, "1"}, {"乙", "", "2"}, {"丙", "好", std::nullopt}}));
}

TEST(Csv, WordsForNullAreNullWhereNumbersAre) {
  Prepare prepare;
  const auto made = prepare.bytes("站,值,註\n甲,1.5,-\n乙,－,好\n丙,N/A,…\n丁, ,-\n戊,2,x\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(type_of(*made, "值"), Type::number);
  EXPECT_EQ(repaired(*made, "null_word"), 3);
  EXPECT_EQ(repair(*made, "null_word")->first, 3);
  const Table table = read_back(*made);
  EXPECT_EQ(table[1][1], std::nullopt);
  EXPECT_EQ(table[1][2], "好");
  EXPECT_EQ(table[0][2], "-");  // text keeps its words
}

TEST(Csv, EmptyColumnsAtTheEndAreDropped) {
  Prepare prepare;
  const auto made = prepare.bytes("a,b,,\n1,2,,\n3,4,,\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->inspection.columns.size(), 2u);
  EXPECT_EQ(repairs_text(*made), "empty_column 2");
}

TEST(Csv, PlacesInMetresGetDegrees) {
  Prepare prepare;
  const auto made = prepare.bytes("站名,TWD97_X,TWD97_Y\n臺北車站,302169,2771106\n無,,\n");
  ASSERT_TRUE(made) << describe(made.error());
  ASSERT_EQ(made->inspection.columns.size(), 5u);
  EXPECT_EQ(column(*made, "longitude").role, Role::longitude);
  EXPECT_EQ(column(*made, "longitude").note, "twd97");
  const Table table = read_back(*made);
  EXPECT_NEAR(std::stod(*table[0][3]), 121.5170, 0.001);
  EXPECT_NEAR(std::stod(*table[0][4]), 25.0478, 0.001);
  EXPECT_EQ(table[1][3], std::nullopt);
  EXPECT_EQ(repairs_text(*made), "coordinates_converted 1");
  const auto unsaid =
      prepare.bytes("站名,X坐標,Y坐標\n臺北車站,302169.5,2771106.1\n甲,302170,2771000\n");
  ASSERT_TRUE(unsaid) << describe(unsaid.error());
  EXPECT_EQ(repairs_text(*unsaid), "twd97_assumed 1");
  const auto pixels = prepare.bytes("名,x,y\n甲,12,700\n乙,13,800\n");
  ASSERT_TRUE(pixels) << describe(pixels.error());
  EXPECT_EQ(pixels->inspection.columns.size(), 3u);
}

TEST(Csv, OneColumnOfNumbersWithGapsIsText) {
  Prepare prepare;
  const auto made = prepare.bytes(R"([{"n":1},{"n":null},{"n":2}])");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->rows, 3);
  EXPECT_EQ(type_of(*made, "n"), Type::text);
  EXPECT_EQ(read_back(*made), (Table{{"1"}, {""}, {"2"}}));
}

TEST(Csv, OptimisticReadsASampleOfLargeRegularFiles) {
  std::string text = "編號,名稱,值\n";
  for (int i = 0; text.size() < 9'000'000; ++i)
    text += std::to_string(100'000 + i) + ",測站" + std::to_string(i % 50) + "," +
            std::to_string(i % 1000) + ".5\n";
  Prepare prepare;
  const auto made = prepare.bytes(text, Care::optimistic);
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_TRUE(made->original);
  EXPECT_FALSE(made->proven);
  EXPECT_EQ(made->rows, -1);
  EXPECT_EQ(type_of(*made, "值"), Type::number);
  // What is irregular in the middle makes it read all.
  text.insert(text.size() / 2, "\n");
  const auto careful = prepare.bytes(text, Care::optimistic);
  ASSERT_TRUE(careful) << describe(careful.error());
  EXPECT_TRUE(careful->proven);
  EXPECT_FALSE(careful->original);
}

}  // namespace
}  // namespace minben::intake::test
