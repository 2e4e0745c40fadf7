Attribute VB_Name = "LmPython"
Option Explicit
' The macros with Python behind them: ImportTape (a tape's headings, to confirm) and Build (the workbook of the tape, with
' what you typed in this one). Python never changes this workbook but for the sheet with the headings; Build writes a
' new file and opens it. A copy of this workbook is saved first and named to you, since a macro clears Excel's undo.
' Errors: 1401 no tape read yet, 1402 the name, 1403 Python gave no answer, 1400 other;
' 15xx come from Python (lossmit_workbook.excel).

Private Const PYTHON_CALL As String = "import lossmit_workbook.excel as e; e.called('"

Public Sub ImportTape()
    Dim tape As Variant
    If Busy() Then Exit Sub
    If InStr(1, Application.OperatingSystem, "Mac", vbTextCompare) > 0 Then
        tape = Application.GetOpenFilename()  ' a Mac knows no filter of this kind and stops at one
    Else
        tape = Application.GetOpenFilename("Tapes (*.xlsx;*.xlsm;*.xls;*.csv;*.txt;*.parquet)," & _
            "*.xlsx;*.xlsm;*.xls;*.csv;*.txt;*.parquet", , "The seller's tape")
    End If
    If VarType(tape) = vbBoolean Then Exit Sub
    If SheetThere(ThisWorkbook, MappingSheet()) Then
        If MsgBox("The sheet " & MappingSheet() & " holds the headings of another import, with what you changed there. " & _
            "Replace it?", vbYesNo + vbQuestion, "Import tape") <> vbYes Then Exit Sub
    End If
    Show ImportTapeFrom(CStr(tape))
End Sub

Public Function ImportTapeFrom(tape As String) As String
    On Error GoTo Failed
    StateSave "Import tape"
    ImportTapeFrom = AskPython("import_tape", tape, "")
    If Left$(ImportTapeFrom, 3) = "OK:" Then
        Application.Goto ThisWorkbook.Worksheets(MappingSheet()).Range("A1")
    End If
    StateRestore
    Exit Function
Failed:
    ImportTapeFrom = Failure(1400, Err.Number, Err.Description)
    StateRestore
End Function

Public Sub Build()
    ' Also rebuilds: what you typed in this workbook is carried over.
    Dim target As Variant
    If Busy() Then Exit Sub
    If Not SheetThere(ThisWorkbook, MappingSheet()) Then
        Show Refused(1401, "import a tape first: the button Import tape.")
        Exit Sub
    End If
    target = Application.GetSaveAsFilename("Loan bids " & Format(Now, "yyyy-mm-dd hhmm") & ".xlsm", _
        "Workbook with macros (*.xlsm), *.xlsm")
    If VarType(target) = vbBoolean Then Exit Sub
    Show BuildTo(CStr(target))
End Sub

Public Function BuildTo(target As String) As String
    Dim safe As String, answer As String
    On Error GoTo Failed
    StateSave "Build"
    If OnTheWeb(target) Or Not FolderThere(FolderOf(target)) Then
        BuildTo = Refused(1402, target & ": choose a folder of this computer.")
    ElseIf FileThere(target) Then
        BuildTo = Refused(1402, target & ": exists already; choose a new name.")
    ElseIf BookOpen(NameOf(target)) Then
        BuildTo = Refused(1402, NameOf(target) & ": a workbook of this name is open; choose another name.")
    ElseIf Not SheetThere(ThisWorkbook, MappingSheet()) Then
        BuildTo = Refused(1401, "import a tape first: the button Import tape.")
    Else
        safe = SaveSafeCopy(target)
        answer = AskPython("build", target, safe)
        If Left$(answer, 3) = "OK:" Then
            Workbooks.Open target
            answer = answer & " This workbook as it was: " & safe
        Else
            RemoveFile safe
        End If
        BuildTo = answer
    End If
    StateRestore
    Exit Function
Failed:
    BuildTo = Failure(1400, Err.Number, Err.Description)
    StateRestore
End Function

Public Function MappingSheet() As String
    MappingSheet = "Tape mapping"
End Function

Private Function SaveSafeCopy(target As String) As String
    ' This workbook as it stands, beside the new one, under a name with the time.
    Dim stem As String, number As Long
    stem = FolderOf(target) & StemOf(ThisWorkbook.Name) & " before " & Format(Now, "yyyy-mm-dd hhmmss")
    SaveSafeCopy = stem & ".xlsm"
    Do While FileThere(SaveSafeCopy)
        number = number + 1
        SaveSafeCopy = stem & " " & number & ".xlsm"
    Loop
    ModeForFile True
    SaveTwin SaveSafeCopy
End Function

Public Function AskPython(task As String, first As String, second As String) As String
    ' Runs a function of lossmit_workbook.excel on this workbook and returns its answer: "OK: ..." or "LM15xx: ...".
    ' Arguments travel as hexadecimal, so that no letter of a path can end the command; the answer comes in a file.
    Dim answer As String, result As Variant
    answer = ScratchFile("answer", ".txt")
    result = RunPython(PYTHON_CALL & task & "','" & Hexed(answer) & "','" & Hexed(first) & "','" & Hexed(second) & "')")
    If FileThere(answer) Then
        AskPython = Unhexed(OneLine(ReadText(answer)))
        RemoveFile answer
    Else
        AskPython = Refused(1403, "Python gave no answer, or its window was closed; nothing was changed. " & _
            "The button Check set-up says what is missing. Log: " & LogPath())
    End If
End Function

Public Function Hexed(text As String) As String
    ' Four hexadecimal digits a letter (UTF-16).
    Dim place As Long
    For place = 1 To Len(text)
        Hexed = Hexed & Right$("000" & Hex$(AscW(Mid$(text, place, 1)) And &HFFFF&), 4)
    Next place
End Function

Public Function Unhexed(digits As String) As String
    Dim place As Long, code As Long
    For place = 1 To Len(digits) - 3 Step 4
        code = CLng("&H" & Mid$(digits, place, 2)) * 256& + CLng("&H" & Mid$(digits, place + 2, 2))
        If code > 32767 Then code = code - 65536
        Unhexed = Unhexed & ChrW$(code)
    Next place
End Function
