Attribute VB_Name = "LmBook"
Option Explicit
' What the macros need to know of a workbook of ours: its names, its sheets, its settings. No cell address stands here.

Public Function NamedCell(book As Workbook, name As String) As Range
    ' The cell or range behind a defined name; Nothing where there is none.
    On Error GoTo Absent
    Set NamedCell = book.Names(name).RefersToRange
    Exit Function
Absent:
    Set NamedCell = Nothing
End Function

Public Function SheetThere(book As Workbook, title As String) As Boolean
    Dim sheet As Worksheet
    For Each sheet In book.Worksheets
        If LCase$(sheet.Name) = LCase$(title) Then SheetThere = True
    Next sheet
End Function

Public Function BookOpen(title As String) As Boolean
    ' Excel opens no two workbooks of one name, wherever they are.
    Dim book As Workbook
    For Each book In Workbooks
        If LCase$(book.Name) = LCase$(title) Then BookOpen = True
    Next book
End Function

Public Function Setting(key As String) As String
    ' The value beside a key on the sheet xlwings.conf; "" where it is not there.
    Dim row As Long, sheet As Worksheet
    If Not SheetThere(ThisWorkbook, SettingsSheet()) Then Exit Function
    Set sheet = ThisWorkbook.Worksheets(SettingsSheet())
    row = 1
    Do While CStr(sheet.Cells(row, 1).Value) <> ""
        If UCase$(CStr(sheet.Cells(row, 1).Value)) = UCase$(key) Then
            Setting = CStr(sheet.Cells(row, 2).Value)
            Exit Function
        End If
        row = row + 1
    Loop
End Function

Public Function SettingsSheet() As String
    SettingsSheet = "xlwings.conf"
End Function

Public Function TooltipSheet() As String
    ' Hidden, and the last: the IntelliSense add-in reads it.
    TooltipSheet = "_IntelliSense_"
End Function

Public Function IsSample() As Boolean
    IsSample = (UCase$(Setting("LOSSMIT SAMPLE")) = "TRUE")
End Function

Public Function BookPath() As String
    ' Where this workbook is, folder and name.
    If ThisWorkbook.Path = "" Then
        BookPath = ThisWorkbook.Name
    ElseIf OnTheWeb(ThisWorkbook.Path) Then
        BookPath = ThisWorkbook.Path & "/" & ThisWorkbook.Name
    Else
        BookPath = ThisWorkbook.Path & Separator() & ThisWorkbook.Name
    End If
End Function
