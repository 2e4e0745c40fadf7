Attribute VB_Name = "LmSetup"
Option Explicit
' CheckSetup: is everything there that the macros with Python behind them need? Pure VBA; Python is asked only once the
' facts say that asking is safe. A line a topic: OK, NOTE or FIX, and behind FIX what to do, in one line.
' The facts come from LmFacts as lines "key=value"; the report is a function of them alone, so that tests can make any up.
' Errors: 1500 anything.

Private Const SAFE As String = "Safe to ask Python."
Private Const MOST_SHOWN As Long = 800

Public Sub CheckSetup()
    If Busy() Then Exit Sub
    Show CheckSetupAnswer()
End Sub

Public Function CheckSetupAnswer() As String
    ' The report, with what Python says of itself where it was safe to ask; also written to a text file to send on.
    Dim report As String, path As String
    On Error GoTo Failed
    StateSave "Check set-up"
    report = CheckSetupReport(GatherFacts())
    If Right$(report, Len(SAFE)) = SAFE Then report = report & vbLf & "Python answers: " & Ping()
    path = SaveReport(report)
    CheckSetupAnswer = "OK: " & Shortened(report) & vbLf & vbLf & "The whole report, to send on: " & path
    StateRestore
    Exit Function
Failed:
    CheckSetupAnswer = Failure(1500, Err.Number, Err.Description)
    StateRestore
End Function

Private Function Ping() As String
    ' Whatever becomes of it, the report stays.
    On Error GoTo Failed
    Ping = AskPython("ping", "", "")
    Exit Function
Failed:
    Ping = "no, " & OneLine(Err.Description) & " (error " & Err.Number & ")"
End Function

Public Function CheckSetupReport(facts As String) As String
    Dim lines As String
    lines = ExcelLines(facts) & BookLines(facts) & PythonLines(facts) & PackageLines(facts) & GuardLines(facts)
    If AskingIsSafe(facts) Then
        CheckSetupReport = lines & SAFE
    Else
        CheckSetupReport = lines & "Python was not asked: mend the lines marked FIX first. Compare, Refresh and Partner copy " & _
            "work without it."
    End If
End Function

Public Function AskingIsSafe(facts As String) As Boolean
    ' A Python that is there, is no shop window of the Store, and has xlwings and lossmit_xl of this workbook's versions.
    AskingIsSafe = Fact(facts, "python_found") = "yes" And Fact(facts, "python_alias") <> "yes" _
        And Fact(facts, "xlwings_python") = Fact(facts, "xlwings_book") And Fact(facts, "xlwings_python") <> "" _
        And Fact(facts, "lossmit_python") <> "" And Fact(facts, "store_excel") <> "yes"
End Function

Public Function Fact(facts As String, key As String) As String
    ' The value of a key among lines "key=value"; "" where it is not there.
    Dim lines As Variant, place As Long
    lines = Split(facts, vbLf)
    For place = LBound(lines) To UBound(lines)
        If Left$(lines(place), Len(key) + 1) = key & "=" Then
            Fact = Mid$(lines(place), Len(key) + 2)
            Exit Function
        End If
    Next place
End Function

Private Function Good(text As String) As String
    Good = "OK    " & text & vbLf
End Function

Private Function Note(text As String, hint As String) As String
    Note = "NOTE  " & text & ": " & hint & vbLf
End Function

Private Function Mend(text As String, cure As String) As String
    Mend = "FIX   " & text & ": " & cure & vbLf
End Function

Private Function ExcelLines(facts As String) As String
    Dim version As String
    version = "Excel " & Fact(facts, "excel_version") & " build " & Fact(facts, "excel_build") & ", " & _
        Fact(facts, "excel_bits") & " bits"
    If Fact(facts, "store_excel") = "yes" Then
        ExcelLines = Mend(version & " from the Microsoft Store", _
            "programs outside can't reach it; install Excel from office.com instead")
    ElseIf Val(Fact(facts, "excel_version")) < 16 Then
        ExcelLines = Mend(version, "Excel 2016 or newer is needed")
    ElseIf InStr(LCase$(Fact(facts, "system")), "windows") = 0 Then
        ExcelLines = Note(version & " on " & Fact(facts, "system"), _
            "made for Excel on Windows; elsewhere use the command lossmit")
    Else
        ExcelLines = Good(version)
    End If
End Function

Private Function BookLines(facts As String) As String
    Dim path As String
    path = Fact(facts, "book_path")
    If Fact(facts, "book_on_web") = "yes" Then
        BookLines = Mend("workbook on a OneDrive or SharePoint address, " & path, _
            "save it to a folder of this computer that is not synchronised")
    Else
        BookLines = Good("workbook at " & path)
    End If
    If Val(Fact(facts, "book_zone")) >= 3 Then
        BookLines = BookLines & Mend("file marked as from the internet (zone " & Fact(facts, "book_zone") & ")", _
            "close it, right-click the file, Properties, Unblock")
    End If
    Select Case Fact(facts, "macro_setting")
    Case "1"
        BookLines = BookLines & Note("macros of every file run without a question", _
            "Options, Trust Center, Macro Settings: choose Disable with notification")
    Case "3"
        BookLines = BookLines & Note("only signed macros run outside trusted folders", _
            "keep this file in a trusted location (Options, Trust Center, Trusted Locations)")
    Case "4"
        BookLines = BookLines & Note("macros run only in trusted folders", _
            "keep this file in a trusted location (Options, Trust Center, Trusted Locations)")
    Case Else
        BookLines = BookLines & Good("macros are allowed for this file")
    End Select
End Function

Private Function PythonLines(facts As String) As String
    Dim where As String
    where = "Python " & Fact(facts, "python_path") & " (set by " & Fact(facts, "conf_level") & ")"
    If Fact(facts, "python_found") <> "yes" Then
        If Fact(facts, "conf_level") = "nothing" Then
            PythonLines = Mend("no Python named and none on the PATH", _
                "install Python from python.org, then run: lossmit excel install")
        Else
            PythonLines = Mend(where & " is not there", "run: lossmit excel install, or correct INTERPRETER_WIN there")
        End If
    ElseIf Fact(facts, "python_alias") = "yes" Then
        PythonLines = Mend(where & " is the Microsoft Store's alias", _
            "install Python from python.org, then run: lossmit excel install")
    ElseIf Fact(facts, "conf_level") = "nothing" Then
        PythonLines = Note("Python " & Fact(facts, "python_path") & ", the first on the PATH", _
            "to be sure which one is used, run: lossmit excel install")
    Else
        PythonLines = Good(where)
    End If
    If Fact(facts, "conf_losers") <> "" Then
        PythonLines = PythonLines & Note("another INTERPRETER_WIN is set by " & Fact(facts, "conf_losers"), _
            "it is not used: " & Fact(facts, "conf_level") & " comes first")
    End If
End Function

Private Function PackageLines(facts As String) As String
    Dim inBook As String, inPython As String
    If Fact(facts, "python_found") <> "yes" Or Fact(facts, "python_alias") = "yes" Then Exit Function
    inBook = Fact(facts, "xlwings_book")
    inPython = Fact(facts, "xlwings_python")
    If inPython = "" Then
        PackageLines = Mend("xlwings is not installed in that Python", "run: pip install ""lossmit-xl[excel]""")
    ElseIf inPython <> inBook Then
        PackageLines = Mend("xlwings " & inPython & " in Python, " & inBook & " in this workbook", _
            "run: pip install xlwings==" & inBook)
    Else
        PackageLines = Good("xlwings " & inBook & " on both sides")
    End If
    If Fact(facts, "lossmit_python") = "" Then
        PackageLines = PackageLines & Mend("lossmit_xl is not installed in that Python", _
            "run: pip install ""lossmit-xl[excel]""")
    ElseIf Fact(facts, "lossmit_python") <> Fact(facts, "lossmit_book") Then
        PackageLines = PackageLines & Note("lossmit_xl " & Fact(facts, "lossmit_python") & " in Python, " & _
            Fact(facts, "lossmit_book") & " built this workbook", "Build writes one of the newer version")
    Else
        PackageLines = PackageLines & Good("lossmit_xl " & Fact(facts, "lossmit_book") & " on both sides")
    End If
End Function

Private Function GuardLines(facts As String) As String
    Dim guards As String
    guards = Fact(facts, "antivirus")
    If guards <> "" Then
        GuardLines = Note("antivirus " & guards, "if Python gives no answer, let " & Fact(facts, "python_path") & _
            " start from Excel")
    End If
End Function

Private Function Shortened(report As String) As String
    ' A message holds about a thousand letters: a longer report leaves out what is in order.
    Dim lines As Variant, place As Long
    Shortened = report
    If Len(report) <= MOST_SHOWN Then Exit Function
    lines = Split(report, vbLf)
    Shortened = ""
    For place = LBound(lines) To UBound(lines)
        If Left$(lines(place), 2) <> "OK" Then Shortened = Shortened & lines(place) & vbLf
    Next place
    Shortened = Left$(Shortened, MOST_SHOWN)
End Function

Private Function SaveReport(report As String) As String
    Dim file As Integer
    SaveReport = ScratchFolder() & "LossMit check.txt"
    file = FreeFile
    Open SaveReport For Output As #file
    Print #file, Replace(report, vbLf, vbCrLf)
    Close #file
End Function
