Attribute VB_Name = "LmPartner"
Option Explicit
' PartnerCopy: a copy of this workbook for somebody without Python: no macros, no settings sheet, no personal data, no calls
' that need an add-in or another file; formulas live (or frozen to values), inputs unlocked, the rest protected without a
' password. Pure VBA. `lossmit partner` makes the same copy from the command line; a test compares the two.
' This workbook is not touched: everything happens on a copy in the folder for temporary files.
' Errors: 1301 the name, 1302 the file is there already, 1303 no workbook of ours, 1304 cannot be written, 1300 other.

Private Const AS_VALUES As Long = -4163
Private Const IN_FORMULAS As Long = -4123
Private Const PART_OF_CELL As Long = 2
Private Const NO_LINKS As Long = 0
Private Const EXCEL_LINKS As Long = 1
Private Const DOCUMENT_PROPERTIES As Long = 8
Private Const PRINTER_PATH As Long = 20
Private Const STEPS As Long = 6
Private Const PLAIN_HEIGHT As Double = 15

Public Sub PartnerCopy()
    ' The button: asks for the kind of copy and the name.
    Dim kind As VbMsgBoxResult, target As Variant
    If Busy() Then Exit Sub
    kind = MsgBox("Keep the formulas live, so that your partner can change the inputs?" & vbLf & vbLf & _
        "Yes: live formulas." & vbLf & "No: a frozen copy that holds values only.", vbYesNoCancel + vbQuestion, "Partner copy")
    If kind = vbCancel Then Exit Sub
    target = Application.GetSaveAsFilename(StemOf(ThisWorkbook.Name) & " partner.xlsx", "Excel workbook (*.xlsx), *.xlsx")
    If VarType(target) = vbBoolean Then Exit Sub
    If FileThere(CStr(target)) Then
        If MsgBox(CStr(target) & " exists. Replace it?", vbYesNo + vbQuestion, "Partner copy") <> vbYes Then Exit Sub
        Show PartnerCopyTo(CStr(target), kind = vbNo, False, True)
    Else
        Show PartnerCopyTo(CStr(target), kind = vbNo, False, False)
    End If
End Sub

Public Function PartnerCopyTo(target As String, frozen As Boolean, keepPersonal As Boolean, force As Boolean) As String
    ' Writes the copy to `target` and says what was done. Frozen: values instead of formulas.
    Dim refusal As String, scratch As String, plain As String, twin As Workbook, listed As String
    Dim code As Long, number As Long, text As String
    On Error GoTo Failed
    StateSave "Partner copy"
    refusal = Objection(target, force)
    If refusal <> "" Then
        PartnerCopyTo = refusal
        StateRestore
        Exit Function
    End If
    scratch = ScratchFile("twin", ".xlsm")
    plain = ScratchFile("plain", ".xlsx")
    Progress 1, STEPS, "copying the workbook"
    SaveTwin scratch
    OpenWithoutMacros
    Set twin = Workbooks.Open(scratch, NO_LINKS)
    ComputeNothing
    Progress 2, STEPS, "removing macros and settings"
    RemoveMacros twin
    If Not keepPersonal Then RemovePersonal twin
    Progress 3, STEPS, "looking for calls that need more than Excel"
    listed = ReplaceForeign(twin)
    RemoveLinks twin
    If frozen Then FreezeAll twin
    Progress 4, STEPS, "stamping and protecting"
    WriteStamp twin, frozen, listed
    ProtectAll twin, frozen
    Progress 5, STEPS, "saving"
    Anonymous twin
    ModeForFile False
    SavePlain twin, plain
    twin.Close False
    Set twin = Nothing
    Progress 6, STEPS, "cleaning who wrote it"
    PutInPlace plain, target
    RemoveFile scratch
    RemoveFile plain
    PartnerCopyTo = Done("Partner copy written: " & target & IIf(listed = "", "", ". Replaced by values: " & listed))
    StateRestore
    Exit Function
Failed:
    number = Err.Number
    text = Err.Description
    code = 1300
    If number = 70 Or number = 75 Or number = 1004 Then code = 1304
    PartnerCopyTo = Failure(code, number, text)
    CloseQuietly twin
    RemoveFile scratch
    RemoveFile plain
    RemoveFile target & ".part"
    StateRestore
End Function

Private Function Objection(target As String, force As Boolean) As String
    If LCase$(Right$(target, 5)) <> ".xlsx" Or FolderOf(target) = "" Then
        Objection = Refused(1301, target & ": give a folder and a name that ends in .xlsx.")
    ElseIf OnTheWeb(target) Then
        Objection = Refused(1301, target & ": choose a folder of this computer, then upload the copy.")
    ElseIf Not FolderThere(FolderOf(target)) Then
        Objection = Refused(1301, target & ": there is no such folder; choose another.")
    ElseIf FileThere(target) And Not force Then
        Objection = Refused(1302, target & ": exists already; choose another name.")
    ElseIf NamedCell(ThisWorkbook, "partner_stamp") Is Nothing Then
        Objection = Refused(1303, ThisWorkbook.Name & ": the named cell partner_stamp is missing; build the workbook anew.")
    End If
End Function

Private Sub RemoveMacros(twin As Workbook)
    ' Buttons and the sheet of settings; the code itself goes when it is saved as .xlsx.
    Dim sheet As Worksheet, place As Long
    For Each sheet In twin.Worksheets
        sheet.Unprotect
        For place = sheet.Shapes.Count To 1 Step -1
            If Left$(sheet.Shapes(place).Name, 9) = "lm_button" Then sheet.Shapes(place).Delete
        Next place
    Next sheet
    For place = twin.Worksheets.Count To 1 Step -1
        If IsTool(twin.Worksheets(place).Name) Then twin.Worksheets(place).Delete
    Next place
End Sub

Private Function IsTool(title As String) As Boolean
    IsTool = (title = SettingsSheet()) Or (title = MappingSheet()) Or (title = TooltipSheet())
End Function

Private Sub RemovePersonal(twin As Workbook)
    ' The build names what is personal; where it left it out there is no such name.
    Dim found As Range, place As Long, label As String
    Set found = NamedCell(twin, "personal_columns")
    If Not found Is Nothing Then
        found.EntireColumn.Delete
        twin.Names("personal_columns").Delete
    End If
    For place = twin.Names.Count To 1 Step -1
        label = twin.Names(place).Name
        If Left$(label, 14) = "personal_cell_" Then
            NamedCell(twin, label).Value = Withheld()
            twin.Names(label).Delete
        End If
    Next place
End Sub

Private Function ReplaceForeign(twin As Workbook) As String
    ' Formulas that call Python's functions, an add-in or another file become their values; where they stood.
    Dim sheet As Worksheet, marks As Variant, place As Long, listed As String
    marks = ForeignMarks()
    For Each sheet In twin.Worksheets
        For place = LBound(marks) To UBound(marks)
            If marks(place) <> "" Then listed = listed & ReplaceMark(sheet, CStr(marks(place)))
        Next place
    Next sheet
    ReplaceForeign = Mid$(listed, 3)
End Function

Private Function ForeignMarks() As Variant
    ForeignMarks = Split(UdfNames() & "|[|.xla", "|")
End Function

Private Function SoughtFor(mark As String) As String
    SoughtFor = mark
    If mark <> "[" And mark <> ".xla" Then SoughtFor = mark & "("
End Function

Private Sub RemoveLinks(twin As Workbook)
    ' Names that point out of the copy go; Excel keeps its list of other files for as long as anything uses them.
    Dim place As Long, links As Variant
    For place = twin.Names.Count To 1 Step -1
        If PointsOut(twin.Names(place)) Then twin.Names(place).Delete
    Next place
    On Error GoTo Absent
    links = twin.LinkSources(EXCEL_LINKS)
    If IsEmpty(links) Then Exit Sub
    For place = LBound(links) To UBound(links)
        twin.BreakLink links(place), EXCEL_LINKS
    Next place
Absent:
End Sub

Private Function PointsOut(ByVal label As Object) As Boolean
    Dim marks As Variant, place As Long, words As String
    On Error GoTo Unreadable
    words = CStr(label.RefersTo)
    marks = ForeignMarks()
    For place = LBound(marks) To UBound(marks)
        If marks(place) <> "" Then
            If Calls(words, SoughtFor(CStr(marks(place)))) Then PointsOut = True
        End If
    Next place
Unreadable:
End Function

Private Function ReplaceMark(sheet As Worksheet, mark As String) As String
    ' Find is quick and says whether there is anything to look for; only then are the formulas gone through. Copying and
    ' pasting keeps a text a text; assigning a value would read it anew.
    Dim sought As String, found As String, addresses As Variant, place As Long, cells As Range
    sought = SoughtFor(mark)
    If sheet.UsedRange.Find(What:=sought, LookIn:=IN_FORMULAS, LookAt:=PART_OF_CELL) Is Nothing Then Exit Function
    found = CallsOn(sheet, sought)
    If found = "" Then Exit Function
    addresses = Split(Mid$(found, 2), ",")
    For place = LBound(addresses) To UBound(addresses)
        Set cells = WholeOf(sheet.Range(addresses(place)))
        cells.Copy
        cells.PasteSpecial AS_VALUES
        ReplaceMark = ReplaceMark & ", " & sheet.Name & "!" & addresses(place)
    Next place
    Application.CutCopyMode = False
End Function

Private Function WholeOf(cell As Range) As Range
    ' An array formula goes as a whole: Excel changes no part of one, and what spilled from a cell would go with it.
    Set WholeOf = SpillOf(cell)
    If WholeOf Is Nothing Then Set WholeOf = ArrayOf(cell)
    If WholeOf Is Nothing Then Set WholeOf = cell
End Function

Private Function SpillOf(ByVal cell As Object) As Range
    ' Bound late: an Excel that has no spilling would not compile the name.
    On Error GoTo Absent
    Set SpillOf = cell.SpillingToRange
    Exit Function
Absent:
    Set SpillOf = Nothing
End Function

Private Function ArrayOf(cell As Range) As Range
    On Error GoTo Absent
    Set ArrayOf = cell.CurrentArray
    Exit Function
Absent:
    Set ArrayOf = Nothing
End Function

Private Function FormulasOf(sheet As Worksheet) As Range
    On Error GoTo Absent
    Set FormulasOf = sheet.UsedRange.SpecialCells(IN_FORMULAS)
    Exit Function
Absent:
    Set FormulasOf = Nothing
End Function

Private Function CallsOn(sheet As Worksheet, sought As String) As String
    ' Addresses of the formulas that call it, a comma before each.
    Dim formulas As Range, area As Range, place As Long, row As Long, column As Long
    Set formulas = FormulasOf(sheet)
    If formulas Is Nothing Then Exit Function
    For place = 1 To formulas.Areas.Count
        Set area = formulas.Areas(place)
        For row = 1 To area.Rows.Count
            For column = 1 To area.Columns.Count
                If Calls(CStr(area.Cells(row, column).Formula), sought) Then
                    CallsOn = CallsOn & "," & Replace(area.Cells(row, column).Address, "$", "")
                End If
            Next column
        Next row
    Next place
End Function

Public Function Calls(formula As String, sought As String) As Boolean
    ' Whether a formula has this outside of its texts, and not as the end of a longer name. A bracket that follows a name or
    ' stands in another is a table's column, not another file.
    Dim bare As String, at As Long, before As String
    bare = UCase$(WithoutTexts(formula))
    at = InStr(bare, UCase$(sought))
    Do While at > 0
        before = ""
        If at > 1 Then before = Mid$(bare, at - 1, 1)
        If sought = "[" Then
            Calls = Not (before Like "[A-Z0-9_.]") And OpenAt(bare, at) = 0
        Else
            Calls = (Left$(sought, 1) = ".") Or Not (before Like "[A-Z0-9_.]")
        End If
        If Calls Then Exit Function
        at = InStr(at + 1, bare, UCase$(sought))
    Loop
End Function

Private Function OpenAt(words As String, at As Long) As Long
    ' Square brackets that are open before a place.
    Dim place As Long
    For place = 1 To at - 1
        If Mid$(words, place, 1) = "[" Then OpenAt = OpenAt + 1
        If Mid$(words, place, 1) = "]" Then OpenAt = OpenAt - 1
    Next place
End Function

Private Function WithoutTexts(formula As String) As String
    Dim pieces As Variant, place As Long
    pieces = Split(formula, """")
    For place = LBound(pieces) To UBound(pieces) Step 2
        WithoutTexts = WithoutTexts & pieces(place) & " "
    Next place
End Function

Private Sub FreezeAll(twin As Workbook)
    ' Rows that a filter hides would not be copied, and what is pasted would stand in the wrong rows: show all first.
    ' Computed before, since a value that is out of date would stay so.
    Dim sheet As Worksheet
    Application.Calculate
    For Each sheet In twin.Worksheets
        ShowAllRows sheet
        sheet.UsedRange.Copy
        sheet.UsedRange.PasteSpecial AS_VALUES
    Next sheet
    Application.CutCopyMode = False
End Sub

Private Sub ShowAllRows(sheet As Worksheet)
    Dim table As Object
    If sheet.AutoFilterMode Then sheet.AutoFilterMode = False
    On Error GoTo Absent
    For Each table In sheet.ListObjects
        table.ShowAutoFilter = False
    Next table
Absent:
End Sub

Private Sub WriteStamp(twin As Workbook, frozen As Boolean, listed As String)
    ' The cell holds the build's stamp (version, tape, SHA-256); what kind of copy it is comes before it.
    Dim cell As Range, row As Range
    Set cell = NamedCell(twin, "partner_stamp").Cells(1, 1)
    cell.Value = StampText(frozen, CStr(cell.Value), listed)
    Set row = NamedCell(twin, "button_row")
    If Not row Is Nothing Then
        row.RowHeight = PLAIN_HEIGHT
        twin.Names("button_row").Delete
    End If
End Sub

Public Function StampText(frozen As Boolean, built As String, listed As String) As String
    If frozen Then
        StampText = "FROZEN COPY: values only, nothing recalculates. "
    Else
        StampText = "Partner copy: formulas are live, blue cells may be changed, the rest is protected without a password. "
    End If
    StampText = StampText & built
    If listed <> "" Then StampText = StampText & " Replaced by values: " & listed & "."
End Function

Private Sub ProtectAll(twin As Workbook, frozen As Boolean)
    Dim sheet As Worksheet
    For Each sheet In twin.Worksheets
        If frozen Then sheet.Cells.Locked = True
        ProtectSheet sheet
    Next sheet
    ProtectStructure twin
End Sub

Private Sub ProtectSheet(sheet As Worksheet)
    ' Filters and column widths stay usable.
    On Error GoTo Plain
    sheet.Protect DrawingObjects:=True, Contents:=True, Scenarios:=True, AllowFormattingColumns:=True, _
        AllowSorting:=True, AllowFiltering:=True
    If sheet.ProtectContents Then Exit Sub
Plain:
    sheet.Protect
End Sub

Private Sub ProtectStructure(twin As Workbook)
    On Error GoTo Absent
    twin.Protect Structure:=True
Absent:
End Sub

Private Sub Anonymous(twin As Workbook)
    ' Excel then leaves its user's name, the folder and the printer out of the file; LibreOffice has no such switch.
    On Error GoTo Absent
    twin.RemoveDocumentInformation DOCUMENT_PROPERTIES
    twin.RemoveDocumentInformation PRINTER_PATH
    twin.RemovePersonalInformation = True
Absent:
End Sub

Private Sub PutInPlace(plain As String, target As String)
    ' Written aside, then renamed: no half-written file ever stands under the name.
    CleanPackage plain, target & ".part", "Loan bids"
    If FileThere(target) Then Kill target
    Name target & ".part" As target
End Sub

Private Sub CloseQuietly(twin As Workbook)
    On Error GoTo Gone
    If Not twin Is Nothing Then twin.Close False
Gone:
End Sub
